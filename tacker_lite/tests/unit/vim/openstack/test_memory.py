"""Translations leave nothing behind; ``tools/bench`` counts 10 000 of them."""

import gc
import os
import pathlib

import testtools
from testtools import matchers

from tacker_lite.tests.unit.vim.openstack import test_samples
from tacker_lite.tosca import loader
from tacker_lite.vim.openstack import hot

SETTLED = 300
COUNTED = 900
GROWTH_MIB = 3.0


def resident_mib() -> float:
    gc.collect()
    pages = int(pathlib.Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


class TestMemory(testtools.TestCase):
    def test_many_translations_leave_the_memory_where_it_was(self):
        work = [
            (
                loader.read(sample.read_text("utf-8"), sample.name),
                test_samples.values(sample)[0],
            )
            for sample in test_samples.samples()
        ]

        def translate(times: int) -> None:
            for number in range(times):
                document, inputs = work[number % len(work)]
                hot.render(loader.load(document, inputs))

        translate(SETTLED)
        before = resident_mib()
        translate(COUNTED)

        self.assertThat(resident_mib() - before, matchers.LessThan(GROWTH_MIB))
