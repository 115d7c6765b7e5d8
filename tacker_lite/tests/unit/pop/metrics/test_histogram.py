"""Counting how long things took."""

import testtools

from tacker_lite.pop.metrics.histogram import Boots, Histogram, Requests


class HistogramTest(testtools.TestCase):
    def test_each_bucket_counts_all_up_to_its_bound(self):
        histogram = Histogram((0.1, 1.0))
        for seconds in (0.05, 0.1, 0.5, 7.0):
            histogram.add(seconds)
        counts = histogram.counts()
        self.assertEqual([2, 3, 4], list(counts.buckets))
        self.assertAlmostEqual(7.65, counts.total)

    def test_requests_by_service(self):
        requests = Requests()
        requests.add("pop1", "network", "GET", 200, 0.002)
        requests.add("pop2", "network", "GET", 200, 0.002)
        requests.add("pop1", "network", "GET", 200, 3.0)
        self.assertEqual(2, requests.answers()["pop1", "network", "GET", 200])
        self.assertEqual(3, requests.durations()["network"].buckets[-1])

    def test_boots_from_being_wanted_to_running(self):
        boots = Boots()
        boots.begin("a", 10.0)
        boots.end("a", 10.5)
        boots.end("a", 99.0)
        boots.begin("b", 10.0)
        boots.forget("b")
        boots.end("b", 11.0)
        self.assertEqual((1, 0.5), (boots.counts().buckets[-1], boots.counts().total))
