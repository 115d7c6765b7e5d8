import testtools

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca import descriptors
from tacker_lite.tests.unit.vim.openstack.test_hot import rendered

SIZE = {"num_cpus": 2, "mem_size": "512 MB"}


def created(compute, inputs=None, values=None, **kwargs):
    """Properties of the flavor that a VDU with this nfv_compute gets."""
    document = descriptors.document(
        vdu={
            "properties": {"flavor": None},
            "capabilities": {"nfv_compute": {"properties": compute}},
        },
        inputs=inputs,
    )
    resources = rendered(document, values, **kwargs)["resources"]
    assert resources["VDU1"]["properties"]["flavor"] == {"get_resource": "VDU1_flavor"}
    assert resources["VDU1_flavor"]["type"] == "OS::Nova::Flavor"
    return resources["VDU1_flavor"]["properties"]


class TestFlavor(testtools.TestCase):
    def test_default(self):
        document = descriptors.document(vdu={"properties": {"flavor": None}})

        found = rendered(document)["resources"]["VDU1_flavor"]["properties"]

        self.assertEqual({"vcpus": 1, "ram": 512, "disk": 1}, found)

    def test_a_named_flavor_wins(self):
        document = descriptors.document(
            vdu={"capabilities": {"nfv_compute": {"properties": SIZE}}}
        )

        resources = rendered(document)["resources"]

        self.assertNotIn("VDU1_flavor", resources)
        self.assertEqual("m1.small", resources["VDU1"]["properties"]["flavor"])

    def test_units(self):
        for memory, disk, ram, gigabytes in (
            ("2 GB", "20 GB", 2048, 20),
            ("2GiB", "1 TiB", 2048, 1024),
            (1024, 2048, 1024, 2),
            ("1024", "10", 1024, 1),
            ("1.5 gb", "500 MB", 1536, 1),
            ("1 kB", "1025 MB", 1, 2),
        ):
            found = created({"num_cpus": 1, "mem_size": memory, "disk_size": disk})

            self.assertEqual(
                {"vcpus": 1, "ram": ram, "disk": gigabytes}, found, (memory, disk)
            )

    def test_only_a_size_of_the_descriptor_is_repeated(self):
        wanted = {"num_cpus": 1, "mem_size": "512 XB"}
        error = self.assertRaises(exceptions.InvalidTemplate, created, wanted)
        self.assertIn("mem_size must be a number and one of B, KB", error.message)
        self.assertIn('not "512 XB"', error.message)

        error = self.assertRaises(
            exceptions.InvalidTemplate,
            created,
            {"num_cpus": 1, "mem_size": {"get_input": "memory"}},
            {"memory": {"type": "string"}},
            {"memory": "topsecret"},
        )
        self.assertIn("mem_size", error.message)
        self.assertNotIn("topsecret", error.message)

    def test_sizes_from_inputs(self):
        found = created(
            {"num_cpus": {"get_input": "cpus"}, "mem_size": {"get_input": "memory"}},
            inputs={"cpus": {"type": "integer"}, "memory": {"type": "string"}},
            values={"cpus": 3, "memory": "1 GB"},
        )

        self.assertEqual(
            {"vcpus": {"get_param": "cpus"}, "ram": 1024, "disk": 1}, found
        )

    def test_extra_specs(self):
        for compute, expected in (
            ({"mem_page_size": "large"}, {"hw:mem_page_size": "large"}),
            ({"mem_page_size": 2}, {"hw:mem_page_size": 2048}),
            ({"mem_page_size": "1024"}, {"hw:mem_page_size": 1048576}),
            ({"numa_node_count": 2}, {"hw:numa_nodes": 2}),
            (
                {"numa_node_count": 2, "numa_nodes": {"a": {"id": 0, "vcpus": [0]}}},
                {"hw:numa_nodes": 2},
            ),
            (
                {
                    "numa_nodes": {
                        "a": {"id": 0, "vcpus": [0, 1], "mem_size": 1024},
                        "b": {"id": 1, "vcpus": [2, 3], "mem_size": "2 GB"},
                    }
                },
                {
                    "hw:numa_nodes": 2,
                    "hw:numa_cpus.0": "0,1",
                    "hw:numa_mem.0": 1024,
                    "hw:numa_cpus.1": "2,3",
                    "hw:numa_mem.1": 2048,
                },
            ),
            (
                {
                    "cpu_allocation": {
                        "cpu_affinity": "dedicated",
                        "thread_allocation": "avoid",
                        "socket_count": 1,
                        "core_count": 2,
                        "thread_count": 3,
                    }
                },
                {
                    "hw:cpu_policy": "dedicated",
                    "hw:cpu_thread_policy": "isolate",
                    "hw:cpu_sockets": 1,
                    "hw:cpu_cores": 2,
                    "hw:cpu_threads": 3,
                },
            ),
        ):
            self.assertEqual(expected, created({**SIZE, **compute})["extra_specs"])

    def test_operators_extra_specs_join_those_of_the_descriptor(self):
        own = {"hw:cpu_policy": "shared", "trait": "required"}
        asked = {**SIZE, "cpu_allocation": {"cpu_affinity": "dedicated"}}

        self.assertEqual(own, created(asked, extra_specs=own)["extra_specs"])
        self.assertNotIn("extra_specs", created(SIZE, extra_specs=own))

    def test_refusals(self):
        for compute, public_type in (
            ({"mem_size": "2 XB"}, "ToscaParserFailed"),
            ({"mem_size": "lots"}, "ToscaParserFailed"),
            ({"num_cpus": None}, "ToscaParserFailed"),
            ({"colour": "red"}, "ToscaParserFailed"),
            ({"num_cpus": "two"}, "ToscaParserFailed"),
            ({"numa_node_count": 0}, "ToscaParserFailed"),
            ({"mem_page_size": "2MB"}, "HugePageSizeInvalidInput"),
            ({"numa_nodes": {"a": {"id": 0, "cpu": 1}}}, "NumaNodesInvalidKeys"),
            ({"cpu_allocation": {"cpu_affinity": "x"}}, "CpuAllocationInvalidValues"),
            ({"cpu_allocation": {"colour": "x"}}, "ToscaParserFailed"),
        ):
            error = self.assertRaises(
                exceptions.InvalidTemplate, created, {**SIZE, **compute}
            )

            self.assertEqual(public_type, error.public_type, compute)
            self.assertIn("VDU1", error.message)
