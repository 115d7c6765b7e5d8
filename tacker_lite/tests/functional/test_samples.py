"""Every sample descriptor, from its onboarding to its end, on a simulated lab.

All live in one installation beside each other.  Those that choose addresses of a
network come first, as whoever plans them would.
"""

import json
import pathlib
import uuid
from concurrent.futures import ThreadPoolExecutor

import testtools
import yaml
from openstack.connection import Connection

from tacker_lite.tests.functional.deployment import Deployment, wait_for
from tacker_lite.tests.functional.split import Caller
from tacker_lite.tests.unit.vim.openstack import test_samples as reviewed

AT_ONCE = 8
PATIENCE = 120.0
PUBLIC_KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZ1cGhwbXZ0ZXN0a2V5Zm9ydGhlbGFiMDEy test"
)


class Sample:
    """One sample on its way.

    :ivar vnf: id of its VNF.
    :ivar document: what it says.
    :ivar main: its reviewed Heat template; ``nested`` those of its scaling groups,
        by policy.
    """

    def __init__(self, path: pathlib.Path):
        self.path, self.name = path, path.stem
        self.document = yaml.safe_load(path.read_text("utf-8"))
        self.main, nested = reviewed.expected(path)
        self.nested = {n.removesuffix("_res.yaml"): hot for n, hot in nested.items()}
        self.inputs = reviewed.values(path)[0]
        self.vnf = ""

    def values(self, site: dict) -> dict:
        """What its inputs are, on a site that has names of its own for some."""
        declared = self.document["topology_template"].get("inputs") or {}
        return {**self.inputs, **{k: v for k, v in site.items() if k in declared}}

    @property
    def chooses_addresses(self) -> bool:
        return "ip_address" in json.dumps([self.main, self.nested]).replace(
            '"fixed_ips", 0, "ip_address"', ""
        )

    def addresses(self, sizes: dict[str, int]) -> dict[str, int]:
        """How many management addresses each VDU has, with so many copies."""
        prefix = "mgmt_ip-"
        found = {}
        for name, output in self.main.get("outputs", {}).items():
            if name.startswith(prefix):
                source = output["value"]["get_attr"][0].removesuffix("_group")
                found[name.removeprefix(prefix)] = sizes.get(source, 1)
        return {name: number for name, number in found.items() if number}

    def scaling(self) -> dict[str, dict]:
        """Properties of the scaling policies, by name."""
        listed = self.document["topology_template"].get("policies") or []
        return {
            name: policy["properties"]
            for each in listed
            for name, policy in each.items()
            if policy["type"] == "tosca.policies.tacker.Scaling"
        }


class SamplesTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.deployment = self.useFixture(Deployment())
        self.caller = Caller(self.deployment)
        self.client = self.caller.client
        self.client.vims.create(self.caller.vim(name="site", is_default=True))
        self.cloud = Connection(session=self.caller.session, region_name="pop1")
        self.addCleanup(self.cloud.close)
        self.addOnException(self._show_log)

    def _show_log(self, _information):
        content = testtools.content.text_content(self.deployment.log[-6000:])
        self.addDetail("end of the log", content)

    def test_every_sample_lives_scales_and_ends(self):
        before = self.census()
        site = self.site()
        samples = [Sample(path) for path in reviewed.samples()]
        first = [sample for sample in samples if sample.chooses_addresses]
        rest = [sample for sample in samples if not sample.chooses_addresses]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            problems = [
                problem
                for part in (first, rest)
                for problem in pool.map(lambda s: self.create(s, site), part)
            ]
            problems += pool.map(self.scale, samples)
            problems += pool.map(self.delete, samples)
        self.assertEqual([], list(filter(None, problems)))
        for volume in self.cloud.block_storage.volumes():
            self.cloud.block_storage.delete_volume(volume, ignore_missing=False)
        self.cloud.compute.delete_server_group(site["server_group_id"])
        self.assertEqual(before, self.census())

    def site(self) -> dict:
        """What samples without a default need from the site where they go."""
        compute = self.cloud.compute
        compute.create_keypair(name="operator", public_key=PUBLIC_KEY)
        group = compute.create_server_group(name="leased", policy="soft-affinity")
        volume = self.cloud.block_storage.create_volume(name="records", size=1)
        public = self.cloud.network.find_network("public")
        (subnet,) = public.subnet_ids
        pool = self.cloud.network.get_subnet(subnet).allocation_pools[0]
        return {
            "server_group_id": group.id,
            "reservation_flavor": "ds512M",
            "reservation_id": str(uuid.uuid4()),
            "volume": volume.id,
            "floating_address": pool["end"],
        }

    def census(self) -> dict[str, int]:
        """How much of everything the PoP has."""
        network = self.cloud.network
        return {
            "stacks": len(list(self.cloud.orchestration.stacks(show_nested=True))),
            "servers": len(list(self.cloud.compute.servers())),
            "flavors": len(list(self.cloud.compute.flavors(is_public=None))),
            "images": len(list(self.cloud.image.images())),
            "server groups": len(list(self.cloud.compute.server_groups())),
            "networks": len(list(network.networks())),
            "ports": len(list(network.ports())),
            "floating addresses": len(list(network.ips())),
            "load balancers": len(list(self.cloud.load_balancer.load_balancers())),
            "volumes": len(list(self.cloud.block_storage.volumes())),
        }

    # What happens to one sample; each returns what went wrong, or nothing.

    def create(self, sample: Sample, site: dict) -> str:
        body = {"name": sample.name, "attributes": {"vnfd": sample.document}}
        descriptor = self.client.vnfds.create(body)["id"]
        attributes = {"param_values": sample.values(site)}
        row = self.caller.create(sample.name, descriptor, attributes=attributes)
        sample.vnf = row["id"]
        sizes = {p: given["default_instances"] for p, given in sample.scaling().items()}
        return self._settled(sample, sizes)

    def scale(self, sample: Sample) -> str:
        sizes = {p: given["default_instances"] for p, given in sample.scaling().items()}
        for policy, given in sample.scaling().items():
            for way, sign in (("out", 1), ("in", -1)):
                self.client.vnfs.scale(sample.vnf, policy, way)
                size = sizes[policy] + sign * given["increment"]
                size = max(given["min_instances"], min(size, given["max_instances"]))
                sizes[policy] = size
                problem = self._settled(sample, sizes)
                if problem:
                    return f"scaled {way}: {problem}"
        return ""

    def delete(self, sample: Sample) -> str:
        self.client.vnfs.delete(sample.vnf)

        def gone() -> str:
            rows = {row["id"]: row for row in self.client.vnfs.list()}
            row = rows.get(sample.vnf)
            if row is None:
                return "gone"
            return row["status"] if row["status"] == "ERROR" else ""

        end = wait_for(f"the end of {sample.name}", gone, PATIENCE, interval=0.5)
        return "" if end == "gone" else f"{sample.name}: not deleted"

    def _settled(self, sample: Sample, sizes: dict[str, int]) -> str:
        """Wait until nothing is pending; then compare addresses with the sizes."""

        def settled() -> dict | None:
            row = self.client.vnfs.show(sample.vnf)
            return None if row["status"].startswith("PENDING") else row

        row = wait_for(f"{sample.name} to settle", settled, PATIENCE, interval=0.5)
        if row["status"] != "ACTIVE":
            return f"{sample.name}: {row['status']}: {row['error_reason']}"
        shown = json.loads(row["mgmt_ip_address"] or "{}")
        numbers = {
            vdu: len(value) if isinstance(value, list) else 1
            for vdu, value in shown.items()
            if value
        }
        wanted = sample.addresses(sizes)
        if numbers != wanted:
            return f"{sample.name}: addresses {shown}, not {wanted} of them"
        return self._balanced(sample, sizes)

    def _balanced(self, sample: Sample, sizes: dict[str, int]) -> str:
        """Every copy, and nothing else, is a member of the sample's pools."""
        wanted = sum(
            resource["type"] == "OS::Octavia::PoolMember" and sizes[policy]
            for policy, hot in sample.nested.items()
            for resource in hot["resources"].values()
        )
        pools = [
            row["id"]
            for row in self.client.vnfs.resources(sample.vnf)
            if row["type"] == "OS::Octavia::Pool"
        ]
        members = sum(
            len(list(self.cloud.load_balancer.members(pool))) for pool in pools
        )
        if members != wanted:
            return f"{sample.name}: {members} members of pools, not {wanted}"
        return ""
