"""Names and statuses of stacks."""

import re

import testtools

from tacker_lite.vim.base import Phase, VduStatus
from tacker_lite.vim.openstack import stacks

LEGAL = re.compile(r"[a-zA-Z][a-zA-Z0-9_.-]{0,254}")
VNF = "3f0c41c6-8c0b-4a52-9d3c-7d0bd3c5b6a1"


class TestLegalName(testtools.TestCase):
    def test_a_legal_name_stays(self):
        self.assertEqual(f"web-1_{VNF}", stacks.legal_name(f"web-1_{VNF}"))

    def test_spaces_become_underscores(self):
        self.assertEqual(f"my_web_1_{VNF}", stacks.legal_name(f"my web 1_{VNF}"))

    def test_every_name_becomes_legal_and_stays_its_own(self):
        names = ["", "1", "-", "_", "ä", "ö", "a/b", "a?b", "a%b", "x" * 255]
        names += ["x" * 256, "x" * 257, "ä" * 300, "a\nb", "日本", "vnf_1"]
        made = [stacks.legal_name(name) for name in names]
        for name in made:
            self.assertIsNotNone(LEGAL.fullmatch(name), name)
        self.assertEqual(len(names), len(set(made)))
        self.assertEqual(made, [stacks.legal_name(name) for name in names])


class TestPhase(testtools.TestCase):
    def test_every_status_of_heat(self):
        for status, phase in (
            ("CREATE_IN_PROGRESS", Phase.BUILDING),
            ("CREATE_COMPLETE", Phase.READY),
            ("CREATE_FAILED", Phase.FAILED),
            ("UPDATE_IN_PROGRESS", Phase.BUILDING),
            ("UPDATE_COMPLETE", Phase.READY),
            ("UPDATE_FAILED", Phase.FAILED),
            ("DELETE_IN_PROGRESS", Phase.BUILDING),
            ("DELETE_COMPLETE", Phase.GONE),
            ("DELETE_FAILED", Phase.FAILED),
            ("ROLLBACK_IN_PROGRESS", Phase.BUILDING),
            ("ROLLBACK_COMPLETE", Phase.FAILED),
            ("ROLLBACK_FAILED", Phase.FAILED),
            ("CHECK_COMPLETE", Phase.READY),
            ("RESUME_COMPLETE", Phase.READY),
        ):
            self.assertEqual(phase, stacks.phase(status), status)


class TestFailure(testtools.TestCase):
    def test_a_cause_is_told_once(self):
        reason = "Resource CREATE failed: ResourceInError: resources.VDU1: no host"
        failed = [
            {
                "resource_name": "VDU1",
                "resource_status_reason": "ResourceInError: resources.VDU1: no host",
            },
            {"resource_name": "VDU2", "resource_status_reason": ""},
            {"resource_name": "CP1", "resource_status_reason": "Conflict: taken"},
        ]
        self.assertEqual(
            f"CREATE_FAILED: {reason}; CP1: Conflict: taken",
            stacks.failure("CREATE_FAILED", reason, failed),
        )

    def test_request_ids_do_not_tell_causes_apart(self):
        def taken(ident: str) -> str:
            return (
                "IpAddressAlreadyAllocatedClient: resources.CP1: taken\n"
                f"Neutron server returns request_ids: ['req-{ident}']"
            )

        failed = [{"resource_name": "CP1", "resource_status_reason": taken("2")}]
        self.assertEqual(
            "CREATE_FAILED: Resource CREATE failed: "
            "IpAddressAlreadyAllocatedClient: resources.CP1: taken",
            stacks.failure(
                "CREATE_FAILED", f"Resource CREATE failed: {taken('1')}", failed
            ),
        )


class TestSizes(testtools.TestCase):
    def test_sizes_of_groups(self):
        outputs = [
            {"output_key": "size-SP1", "output_value": 3},
            {"output_key": "size-SP-2", "output_value": 0},
            {"output_key": "size-new", "output_value": None},
            {"output_key": "mgmt_ip-VDU1", "output_value": ["10.0.0.5"]},
        ]

        self.assertEqual({"SP1": 3, "SP-2": 0}, stacks.sizes(outputs))

    def test_an_empty_group_has_no_addresses(self):
        outputs = [{"output_key": "mgmt_ip-VDU1", "output_value": []}]

        self.assertEqual((VduStatus("VDU1", (), scaled=True),), stacks.vdus(outputs))


class TestMade(testtools.TestCase):
    def listed(self, name, kind, parent=None):
        listed = {
            "resource_name": name,
            "resource_type": kind,
            "physical_resource_id": f"{parent}-{name}",
        }
        return {**listed, "parent_resource": parent} if parent else listed

    def test_members_of_groups_are_told_apart(self):
        resources = [
            self.listed("VDU1", "OS::Nova::Server", "member1"),
            self.listed("VDU1", "OS::Nova::Server", "member2"),
            self.listed("member1", "SP1_res.yaml", "SP1_group"),
            self.listed("member2", "SP1_res.yaml", "SP1_group"),
            self.listed("SP1_group", "OS::Heat::AutoScalingGroup"),
            {**self.listed("CP9", "OS::Neutron::Port"), "physical_resource_id": ""},
        ]

        self.assertEqual(
            [
                "SP1_group",
                "SP1_group/member1",
                "SP1_group/member1/VDU1",
                "SP1_group/member2",
                "SP1_group/member2/VDU1",
            ],
            [resource.name for resource in stacks.made(resources)],
        )
