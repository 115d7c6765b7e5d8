"""Every sample on a real cloud, through the whole service.

``TACKER_LITE_TEST_CLOUD`` names the cloud of ``clouds.yaml``, see ``test_real_cloud``.
Each sample is onboarded; each that the cloud has everything for is created, compared
with the cloud's own APIs, updated, scaled by command and by alarm, put into a port
chain, and deleted; then nothing may be left.

What members of a project may not do (make flavors, choose floating addresses) is tried
with ``TACKER_LITE_TEST_ADMIN_CLOUD``.  Where the cloud has no alarm service, a
simulated one is put into its catalogue for the time of the test, with its rights.
``TACKER_LITE_RESULT`` is a file for the table of results, as reStructuredText.
After ``TACKER_LITE_TEST_SECONDS`` no further sample is begun; those left are listed.
"""

import concurrent.futures
import os
import pathlib
import time

import testtools

from tacker_lite.tests.functional.openstack.journey import (
    Journey,
    Result,
    Surroundings,
)
from tacker_lite.tests.functional.openstack.needs import Reviewed
from tacker_lite.tests.functional.openstack.service import Service
from tacker_lite.tests.functional.openstack.simulated import SimulatedAlarmService
from tacker_lite.tests.functional.openstack.site import Site
from tacker_lite.tests.functional.openstack.test_real_cloud import CLOUD, NEEDS_CLOUD
from tacker_lite.tests.unit.vim.openstack import test_samples as reviewed_samples

ADMIN_CLOUD = os.environ.get("TACKER_LITE_TEST_ADMIN_CLOUD", "")
CHOSEN = os.environ.get("TACKER_LITE_TEST_SAMPLES", "").split()
RESULT = os.environ.get("TACKER_LITE_RESULT", "")
AT_ONCE = int(os.environ.get("TACKER_LITE_TEST_AT_ONCE", "6"))
SECONDS = float(os.environ.get("TACKER_LITE_TEST_SECONDS", "inf"))
STEPS = ("create", "update", "scale", "alarm", "chain", "delete")


@NEEDS_CLOUD
class TestSamples(testtools.TestCase):
    def test_every_sample_that_the_cloud_can_build(self):
        begin = time.monotonic()
        self.last_start = begin + SECONDS
        self.service = self.useFixture(Service())
        self.sites = [self.useFixture(Site(CLOUD))]
        self.around = Surroundings(self.service)
        if ADMIN_CLOUD:
            self.sites.append(self.useFixture(Site(ADMIN_CLOUD)))
            self._add_alarm_service()
        for site in self.sites:
            self.around.vims[site.name] = self.service.register(site.registration())
        self.offered = {site.name: site.offered for site in self.sites}

        pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        try:
            results = list(pool.map(self._try, self._samples()))
        finally:
            pool.shutdown(cancel_futures=True)

        seconds = time.monotonic() - begin
        print(as_text(results, seconds))
        if RESULT:
            pathlib.Path(RESULT).write_text(as_table(results, seconds))
        left = [each for site in self.sites for each in site.left()]
        self.assertEqual([], left)
        failed = {
            each.sample: each.said for each in results if each.outcome == "failed"
        }
        self.assertEqual({}, failed, self.service.log[-3000:] if failed else "")

    def _samples(self) -> list[pathlib.Path]:
        """The slow ones first, so that they do not make the end wait."""
        found = [
            each
            for each in reviewed_samples.samples()
            if not CHOSEN or each.stem in CHOSEN
        ]
        return sorted(found, key=lambda each: -len(list(Reviewed.of(each).every())))

    def _add_alarm_service(self) -> None:
        member, administrator = self.sites
        if not any(each.startswith("OS::Aodh::") for each in member.offered):
            self.around.alarms = self.useFixture(
                SimulatedAlarmService(administrator.connection)
            )

    def _try(self, sample: pathlib.Path) -> Result:
        reviewed = Reviewed.of(sample)
        site = self.sites[-1] if reviewed.for_administrators else self.sites[0]
        missing = reviewed.missing(self.offered[site.name])
        journey = Journey(sample, site, self.around)
        missing += journey.missing_values()
        if missing:
            journey.onboard()
            said = ", ".join(missing)
            return Result(sample.stem, outcome="lacks", said=said)
        if time.monotonic() > self.last_start:
            return Result(sample.stem, outcome="not tried", said="no time was left")
        result = journey.run()
        print(f"{sample.stem}: {result.outcome} {remark(result)}", flush=True)
        return result


def as_text(results: list[Result], seconds: float) -> str:
    """The results for a terminal."""
    lines = [f"\n{'sample':26}" + "".join(f"{step:>8}" for step in STEPS)]
    for each in sorted(results, key=lambda result: result.sample):
        times = "".join(
            f"{each.seconds[step]:8.1f}" if step in each.seconds else f"{'':8}"
            for step in STEPS
        )
        lines.append(f"{each.sample:26}{times}  {each.outcome} {remark(each)}".rstrip())
    built = sum(each.outcome == "built" for each in results)
    lines.append(f"{built} of {len(results)} built in {seconds:.0f} s")
    return "\n".join(lines)


def remark(result: Result) -> str:
    """What the last column says."""
    if result.outcome == "lacks":
        return f"needs {result.said}"
    if result.outcome == "not tried":
        return f"not tried: {result.said}"
    played = "".join(f"; simulated {each}" for each in sorted(result.played))
    return f"{result.said}{played}".removeprefix("; ")


def as_table(results: list[Result], seconds: float) -> str:
    """The results as a table of the documents."""
    built = sum(each.outcome == "built" for each in results)
    head = [
        f"{built} of {len(results)} samples were built, {AT_ONCE} at a time, in "
        f"{seconds:.0f} s. Seconds by step:",
        "",
        ".. list-table::",
        "   :header-rows: 1",
        "",
        "   * - sample",
        *(f"     - {step}" for step in STEPS),
        "     - remarks",
    ]
    rows = []
    for each in sorted(results, key=lambda result: result.sample):
        rows.append(f"   * - ``{each.sample}``")
        for step in STEPS:
            taken = each.seconds.get(step) if each.outcome == "built" else None
            rows.append(f"     - {taken:.1f}" if taken is not None else "     -")
        rows.append(f"     - {remark(each)}".rstrip())
    return "\n".join([*head, *rows]) + "\n"


class TestTable(testtools.TestCase):
    """What the documents show comes from here."""

    def test_a_table(self):
        results = [
            Result("b", seconds={"create": 1.25}, played={"alarm service"}),
            Result("a", outcome="lacks", said="two hosts"),
        ]

        found = as_table(results, 9.6)

        self.assertIn("1 of 2 samples were built", found)
        self.assertIn("in 10 s", found)
        self.assertLess(found.index("``a``"), found.index("``b``"))
        self.assertIn("needs two hosts", found)
        self.assertIn("     - 1.2", found)
        self.assertIn("simulated alarm service", found)
