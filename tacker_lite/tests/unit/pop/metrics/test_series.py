"""Samples of an instance over time."""

import testtools

from tacker_lite.pop.metrics.series import FINE_SECONDS, Sample, Series
from tacker_lite.pop.runtime.base import Counters, Usage


def sample(moment, cpu=0.0, memory=0.0):
    return Sample(moment, cpu, memory, 0, 0, 0, 0)


class SeriesTest(testtools.TestCase):
    def filled(self, seconds, horizon=300.0):
        series = Series()
        for second in range(seconds):
            series.append(sample(float(second), second * 0.5, second), horizon)
        return series

    def test_rates_are_what_counters_grew_by(self):
        series = self.filled(100)
        self.assertEqual(0.5, series.rate("cpu_seconds", 50.0, 60.0))
        self.assertEqual(0.5, series.rate("cpu_seconds", 96.5, 99.9))

    def test_too_little_is_known(self):
        self.assertIsNone(Series().rate("cpu_seconds", 0.0, 1.0))
        series = self.filled(1)
        self.assertIsNone(series.rate("cpu_seconds", -1.0, 2.0))
        series = self.filled(10)
        self.assertIsNone(series.rate("cpu_seconds", 20.0, 30.0))
        self.assertIsNone(series.rate("cpu_seconds", -20.0, -10.0))

    def test_values_of_a_window(self):
        self.assertEqual([8.0, 9.0], self.filled(20).values("memory_bytes", 7.0, 9.5))

    def test_old_samples_thin_out_and_end(self):
        series = self.filled(10000, horizon=300.0)
        self.assertLess(len(series), FINE_SECONDS + 30)
        self.assertEqual([], series.values("memory_bytes", 0.0, 9600.0))
        self.assertGreater(len(series.values("memory_bytes", 9700.0, 9900.0)), 15)
        self.assertAlmostEqual(0.5, series.rate("cpu_seconds", 9750.0, 9800.0))

    def test_an_instance_that_was_started_anew_begins_again(self):
        series = self.filled(50)
        series.append(sample(50.0, 0.1), 300.0)
        self.assertEqual(1, len(series))
        self.assertIsNone(series.rate("cpu_seconds", 40.0, 50.0))

    def test_ports_are_summed(self):
        ports = {"a": Counters(rx_bytes=1, tx_packets=5), "b": Counters(rx_bytes=2)}
        found = Sample.of(7.0, Usage(cpu_seconds=1.5, ports=ports))
        self.assertEqual(Sample(7.0, 1.5, 0, 3, 0, 0, 5), found)
