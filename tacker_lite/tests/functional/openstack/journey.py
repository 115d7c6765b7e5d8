"""The life of one sample on a real cloud."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import yaml

from tacker_lite.client.http import NotFound
from tacker_lite.tests.functional.openstack.cloud_view import CloudView, read
from tacker_lite.tests.functional.openstack.needs import NO_HOST, Reviewed
from tacker_lite.tests.functional.openstack.service import Service
from tacker_lite.tests.functional.openstack.simulated import (
    SimulatedAlarmService,
    answer_for_guests,
)
from tacker_lite.tests.functional.openstack.site import Site, chain
from tacker_lite.tests.unit.vim.openstack import test_samples as reviewed_samples

PATIENCE = 600.0
CHANGES: dict[str, Any] = {
    "vdu-name": "renamed-router",
    "server_name": "renamed-server",
}
"""New values of inputs that change in place, by their name."""

FREE_ADDRESSES = (f"10.10.0.{last}" for last in range(111, 130))
"""Addresses of no sample and no pool: one for each sample that changes its own."""

LACKING = {
    "image_url": "an image service that can fetch from here "
    "(or TACKER_LITE_TEST_IMAGE_URL)",
    "floating_network": "an external network",
    "floating_address": "an external network whose addresses are shown",
}
"""What it means when an input has no value on a site."""

OUT, IN = "out", "in"
LONGEST_CHAIN = 2
"""Ports of a VNF that a chain goes through."""


@dataclass
class Result:
    """What became of a sample.

    :ivar outcome: ``built``, ``lacks`` or ``failed``.
    :ivar seconds: by step.
    :ivar said: what the cloud lacks, or why it failed.
    """

    sample: str
    outcome: str = "built"
    seconds: dict[str, float] = field(default_factory=dict)
    said: str = ""
    played: set[str] = field(default_factory=set)


@dataclass
class Surroundings:
    """What the samples share.

    :ivar alarms: the simulated alarm service, where there is no real one.
    """

    service: Service
    alarms: SimulatedAlarmService | None = None
    vims: dict[str, str] = field(default_factory=dict)


class Journey:
    """Creates, checks, changes, scales, chains and deletes a sample.

    :param site: where it goes.
    """

    def __init__(self, sample: pathlib.Path, site: Site, around: Surroundings):
        self.sample, self.site, self.around = sample, site, around
        self.service, self.client = around.service, around.service.client
        self.reviewed = Reviewed.of(sample)
        self.document = yaml.safe_load(sample.read_text("utf-8"))
        self.result = Result(sample.stem)
        self.sizes = self.reviewed.sizes
        self.values = self._values()
        self.vnf = ""
        self.views: list[CloudView] = []

    def run(self) -> Result:
        """Go through all steps; an error becomes part of the result."""
        try:
            with self._timed("create"):
                built = self._create()
            if built:
                self._live()
        except Exception as error:  # noqa: BLE001 a sample must not end the others
            self.result.outcome = "failed"
            self.result.said = f"{type(error).__name__}: {error}"
        try:
            with self._timed("delete"):
                self._delete()
        except Exception as error:  # noqa: BLE001 likewise
            self.result.outcome = "failed"
            self.result.said += f" delete: {type(error).__name__}: {error}"
        return self.result

    def onboard(self) -> str:
        """Id of the sample as a descriptor of the service."""
        row = self.client.vnfds.create(
            {
                "name": f"{self.site.name}-{self.sample.stem}",
                "service_types": [{"service_type": "vnfd"}],
                "attributes": {"vnfd": self.document},
            }
        )
        return str(row["id"])

    def missing_values(self) -> list[str]:
        """What the cloud lacks, in words, for the sample's inputs."""
        return [
            words
            for name, words in LACKING.items()
            if name in self._declared() and not self.site.values.get(name)
        ]

    def _live(self) -> None:
        self._check()
        change = self._change()
        if change:
            with self._timed("update"):
                self._update(change)
        if self.around.alarms and any("::Aodh::" in t for t in self.reviewed.types):
            with self._timed("alarm"):
                self._alarm(self.around.alarms)
        elif self.sizes:
            with self._timed("scale"):
                self._scale()
        if "sfc" in self.site.extensions:
            with self._timed("chain"):
                self._chain(self.views[-1])

    # Steps

    def _create(self) -> bool:
        """Whether it was built: not when the cloud has no host for it."""
        descriptor = self.onboard()
        row = self.client.vnfs.create(
            {
                "name": f"{self.site.name}-{self.sample.stem}",
                "vnfd_id": descriptor,
                "vim_id": self.around.vims[self.site.name],
                "attributes": {"param_values": self.values},
            }
        )
        self.vnf = row["id"]
        row = self._settled()
        if row["status"] == "ACTIVE":
            return True
        reason = row["error_reason"] or ""
        if self.reviewed.hardware and any(text in reason for text in NO_HOST):
            self.result.outcome = "lacks"
            self.result.said = ", ".join(self.reviewed.hardware)
            return False
        raise AssertionError(f"{row['status']}: {reason}")

    def _check(self, values: dict[str, Any] | None = None) -> CloudView:
        row = self.client.vnfs.show(self.vnf)
        view = CloudView(self.site.connection, self.client.vnfs.resources(self.vnf))
        self.views.append(view)
        view.check_count(self.reviewed, self.sizes)
        view.check_properties(self.reviewed, {**self._defaults(), **self.values})
        view.check_addresses(row, self.reviewed, self.sizes)
        view.check_members(self.sizes)
        return view

    def _update(self, change: dict[str, Any]) -> None:
        before = self.views[-1].servers()
        self.values.update(change)
        self.client.vnfs.update(self.vnf, {"attributes": {"param_values": change}})
        self._active()
        after = self._check().servers()
        if before != after:
            raise AssertionError(f"servers {before} were replaced by {after}")

    def _scale(self) -> None:
        """Each policy out and in again; by the command where it is the topic."""
        for policy in self.reviewed.nested:
            for way in (OUT, IN):
                if self.sample.stem == "scale":
                    self.service.openstack(
                        "vnf", "scale", "--scaling-policy-name", policy,
                        "--scaling-type", way, self.vnf,
                    )  # fmt: skip
                else:
                    self.client.vnfs.scale(self.vnf, policy, way)
                self._scaled(policy, way)

    def _scaled(self, policy: str, way: str) -> None:
        given = self._policies()[policy]["properties"]
        step = given["increment"] if way == OUT else -given["increment"]
        size = min(given["max_instances"], self.sizes[policy] + step)
        self.sizes[policy] = max(given["min_instances"], size)
        self._active()
        self._check()

    def _alarm(self, service: SimulatedAlarmService) -> None:
        """Every alarm is there, and calls a URL that does what it says."""
        self.result.played.add("alarm service")
        alarms = service.of(self.vnf)
        wanted = sum(
            "alarm_actions" in (resource.get("properties") or {})
            for _, resource in self.reviewed.every()
        )
        if len(alarms) != wanted:
            raise AssertionError(f"{len(alarms)} alarms instead of {wanted}")
        shown = set(self.client.vnfs.show(self.vnf)["attributes"].values())
        if not set(alarms) <= shown:
            raise AssertionError("an alarm calls a URL that the VNF does not show")
        for url, alarm in self._scaling_urls(alarms):
            answer = service.fire(f"{url}x", alarm)
            if answer.status_code < 400:
                raise AssertionError(f"a wrong key was answered {answer.status_code}")
            answer = service.fire(url, alarm)
            if answer.status_code >= 300:
                raise AssertionError(f"{answer.status_code}: {answer.text}")
            policy, _, way = url.rsplit("/", 2)[-2].rpartition("-")
            self._scaled(policy, way)
            time.sleep(self._policies()[policy]["properties"]["cooldown"])

    def _scaling_urls(self, alarms: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Those that scale, out before in."""
        for way in (OUT, IN):
            for url, alarm in sorted(alarms.items()):
                if url.rsplit("/", 2)[-2].endswith(f"-{way}"):
                    yield url, alarm

    def _chain(self, view: CloudView) -> None:
        """A chain over the ports of servers, in the order of the resource list."""
        ports = [
            port.id
            for _, port in view.of_type("OS::Neutron::Port")
            if port.device_owner.startswith("compute:")
        ][:LONGEST_CHAIN]
        if ports:
            with chain(self.site.connection, ports, self.site.chain) as made:
                url = f"/sfc/port_chains/{made}"
                answer = self.site.connection.network.get(url)
                if answer.status_code != 200:
                    raise AssertionError(f"{url}: {answer.status_code}")

    def _delete(self) -> None:
        if not self.vnf:
            return
        stack = self.client.vnfs.show(self.vnf)["instance_id"]
        self.client.vnfs.delete(self.vnf)
        try:
            row = self._settled()
            raise AssertionError(f"{row['status']}: {row['error_reason']}")
        except NotFound:
            pass
        rows = {row["id"]: row for view in self.views for row in view.rows}
        found = read(self.site.connection, list(rows.values()))
        left = [f"{rows[ident]['type']} {ident}" for ident in found]
        if self.around.alarms:
            left += list(self.around.alarms.of(self.vnf))
        answer = self.site.connection.orchestration.get(f"/stacks/{stack}")
        if answer.ok and answer.json()["stack"]["stack_status"] != "DELETE_COMPLETE":
            left.append(f"stack {stack}")
        if left:
            raise AssertionError(f"left behind: {left}")

    # Parts of the steps

    def _settled(self) -> dict[str, Any]:
        guests = any("SoftwareDeployment" in each for each in self.reviewed.types)
        return self.service.settled(
            self.vnf, PATIENCE, self._play_guests if guests else None
        )

    def _play_guests(self, row: dict[str, Any]) -> None:
        stack = row["instance_id"]
        if stack and answer_for_guests(self.site.connection, stack):
            self.result.played.add("software agent")

    def _active(self) -> None:
        row = self._settled()
        if row["status"] != "ACTIVE":
            raise AssertionError(f"{row['status']}: {row['error_reason']}")

    def _policies(self) -> dict[str, Any]:
        listed = self.document["topology_template"]["policies"]
        return {name: policy for each in listed for name, policy in each.items()}

    def _declared(self) -> dict[str, Any]:
        return dict(self.document["topology_template"].get("inputs") or {})

    def _defaults(self) -> dict[str, Any]:
        return {
            name: schema["default"]
            for name, schema in self._declared().items()
            if "default" in schema
        }

    def _values(self) -> dict[str, Any]:
        """From the sample's parameter file, then what the cloud has."""
        values = dict(reviewed_samples.values(self.sample)[0])
        offered = self.site.values
        values.update(
            {name: offered[name] for name in self._declared() if name in offered}
        )
        return {name: value for name, value in values.items() if value != ""}

    def _change(self) -> dict[str, Any]:
        """Values for an update that leaves the servers where they are.

        Where copies are made from nested templates, the same values again: that must
        replace nothing.
        """
        declared = self._declared()
        changed = {name: value for name, value in CHANGES.items() if name in declared}
        if "address" in declared:
            changed["address"] = next(FREE_ADDRESSES)
        return changed or ({"image": self.values["image"]} if self.sizes else {})

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        begin = time.monotonic()
        try:
            yield
        finally:
            self.result.seconds[step] = time.monotonic() - begin
