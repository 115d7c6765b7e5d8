"""What a sample asks of a cloud, read from its reviewed Heat templates."""

from __future__ import annotations

import pathlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tacker_lite.tests.unit.vim.openstack import test_samples as reviewed

Resources = Mapping[str, Mapping[str, Any]]

SERVICES = {
    "OS::Cinder::": "volumes (Cinder)",
    "OS::Aodh::": "alarms (Aodh)",
    "OS::Octavia::": "load balancers (Octavia)",
    "OS::Nova::Flavor": "the right to make flavors",
}
HARDWARE = {
    "hw:mem_page_size": "hosts with large memory pages",
    "hw:numa_": "hosts that show their NUMA nodes",
    "hw:cpu_policy": "hosts with CPUs to give away",
}
NO_HOST = ("No valid host", "Exceeded maximum number of retries", "No available")
"""How Nova says that no host has what is wanted."""


@dataclass(frozen=True)
class Reviewed:
    """The reviewed templates of a sample.

    :ivar nested: by the name of the scaling policy.
    """

    main: Mapping[str, Any]
    nested: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, sample: pathlib.Path) -> Reviewed:
        main, nested = reviewed.expected(sample)
        names = {name.removesuffix("_res.yaml"): hot for name, hot in nested.items()}
        return cls(main, names)

    def every(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Name and content of each resource."""
        for hot in (self.main, *self.nested.values()):
            yield from hot["resources"].items()

    @property
    def types(self) -> set[str]:
        found = {resource["type"] for _, resource in self.every()}
        return {each for each in found if "::" in each}

    @property
    def sizes(self) -> dict[str, int]:
        """Copies at first, by scaling policy."""
        resources = self.main["resources"]
        return {
            name: resources[f"{name}_group"]["properties"]["desired_capacity"]
            for name in self.nested
        }

    def count(self, sizes: Mapping[str, int]) -> Counter[str]:
        """How many resources of each type there are, with so many copies."""
        found = Counter(each["type"] for each in self.main["resources"].values())
        for name, hot in self.nested.items():
            for each in hot["resources"].values():
                found[each["type"]] += sizes[name]
        return found

    @property
    def addressed(self) -> dict[str, str]:
        """VDUs whose addresses are published, with the scaling policy or ``""``."""
        prefix = "mgmt_ip-"
        found = {
            name.removeprefix(prefix): ""
            for name in self.main.get("outputs", {})
            if name.startswith(prefix)
        }
        for policy, hot in self.nested.items():
            for name in hot.get("outputs", {}):
                found[name.removeprefix(prefix)] = policy
        return found

    def missing(self, offered: set[str]) -> list[str]:
        """What the cloud lacks, in words."""
        absent = sorted(self.types - offered)
        found = []
        for each in absent:
            words = (text for start, text in SERVICES.items() if each.startswith(start))
            found.append(next(words, each))
        return list(dict.fromkeys(found))

    @property
    def for_administrators(self) -> bool:
        """Whether it asks for what clouds let only administrators do."""
        return "OS::Nova::Flavor" in self.types or any(
            "floating_ip_address" in (resource.get("properties") or {})
            for _, resource in self.every()
        )

    @property
    def hardware(self) -> list[str]:
        """What hosts must have, in words; only the cloud's scheduler knows."""
        found: list[str] = []
        for _, resource in self.every():
            given = resource.get("properties") or {}
            for spec, value in (given.get("extra_specs") or {}).items():
                if value == "shared" or value == "small":
                    continue
                found += [t for start, t in HARDWARE.items() if spec.startswith(start)]
            if given.get("binding:vnic_type") == "direct":
                found.append("hosts with SR-IOV cards")
            if given.get("policies") == ["anti-affinity"]:
                found.append("two hosts")
        return list(dict.fromkeys(found))
