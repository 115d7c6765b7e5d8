"""Control groups: what is written and read, on directories that stand for them."""

import os
import tempfile

import testtools

from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.cgroups import Cgroups, Limits
from tacker_lite.pop.runtime.hierarchies import Hierarchies

V1 = {
    "cpu": ("cpu.cfs_period_us", "cpu.cfs_quota_us"),
    "cpuacct": (),
    "memory": ("memory.limit_in_bytes",),
    "pids": ("pids.max",),
}


class CgroupsTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory(prefix="cgroups-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def group(self, *names, parent=""):
        path = os.path.join(self.directory, parent, "tacker-lite-pop", "lab", "key")
        os.makedirs(path)
        for name in names:
            self.put(os.path.join(path, name), "")
        return path

    def put(self, path, text):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    def content(self, path):
        with open(path, encoding="ascii") as file:
            return file.read()

    def test_version_1_has_a_directory_for_each_controller(self):
        roots = {name: os.path.join(self.directory, name) for name in V1}
        paths = {name: self.group(*V1[name], parent=name) for name in V1}
        groups = Cgroups("lab", Hierarchies(1, roots))
        files = groups.ensure("key", Limits(1.5, 64))
        self.assertEqual([f"{path}/cgroup.procs" for path in paths.values()], files)
        cpu, memory = paths["cpu"], paths["memory"]
        self.assertEqual("100000", self.content(f"{cpu}/cpu.cfs_period_us"))
        self.assertEqual("150000", self.content(f"{cpu}/cpu.cfs_quota_us"))
        limit = f"{memory}/memory.limit_in_bytes"
        self.assertEqual(str(64 << 20), self.content(limit))
        # A kernel that does not count swap has no bound for it.
        self.assertFalse(os.path.exists(f"{memory}/memory.memsw.limit_in_bytes"))
        self.assertEqual({"key"}, groups.keys())
        self.put(f"{cpu}/cpu.stat", "nr_periods 5\nthrottled_time 2500000000\n")
        self.put(f"{paths['cpuacct']}/cpuacct.usage", "1500000000\n")
        self.put(f"{memory}/memory.usage_in_bytes", "4096\n")
        self.put(limit, f"{2**63 - 4096}\n")
        self.put(f"{memory}/memory.oom_control", "under_oom 0\noom_kill 3\n")
        self.put(f"{paths['pids']}/pids.current", "7\n")
        usage = groups.usage("key")
        self.assertEqual((1.5, 2.5), (usage.cpu_seconds, usage.throttled_seconds))
        self.assertEqual((4096, 0), (usage.memory_bytes, usage.memory_limit_bytes))
        self.assertEqual((7, 3), (usage.processes, usage.oom_kills))

    def test_version_2_has_one(self):
        path = self.group("cpu.max", "memory.max", "memory.swap.max", "pids.max")
        for part in ("", "lab"):
            below = os.path.join(self.directory, "tacker-lite-pop", part)
            self.put(os.path.join(below, "cgroup.controllers"), "cpu io memory pids\n")
            self.put(os.path.join(below, "cgroup.subtree_control"), "cpu\n")
        roots = dict.fromkeys(("cpu", "memory", "pids"), self.directory)
        groups = Cgroups("lab", Hierarchies(2, roots))
        self.assertEqual(
            [f"{path}/cgroup.procs"], groups.ensure("key", Limits(2, 1, 10))
        )
        control = f"{self.directory}/tacker-lite-pop/lab/cgroup.subtree_control"
        self.assertEqual("+memory +pids", self.content(control))
        self.assertEqual("200000 100000", self.content(f"{path}/cpu.max"))
        self.assertEqual(str(16 << 20), self.content(f"{path}/memory.max"))
        self.assertEqual("0", self.content(f"{path}/memory.swap.max"))
        self.assertEqual("10", self.content(f"{path}/pids.max"))
        self.put(f"{path}/cpu.stat", "usage_usec 2500000\nthrottled_usec 500000\n")
        self.put(f"{path}/memory.current", "8192\n")
        self.put(f"{path}/memory.max", "max\n")
        self.put(f"{path}/memory.events", "oom 2\noom_kill 1\n")
        self.put(f"{path}/pids.current", "0\n")
        self.assertIsNone(groups.usage("key"))
        self.put(f"{path}/pids.current", "1\n")
        usage = groups.usage("key")
        self.assertEqual((2.5, 0.5), (usage.cpu_seconds, usage.throttled_seconds))
        self.assertEqual((8192, 0), (usage.memory_bytes, usage.memory_limit_bytes))
        self.assertEqual(1, usage.oom_kills)

    def test_where_there_are_none_nothing_is_limited_and_that_is_said(self):
        groups = Cgroups("lab", Hierarchies(reason="read-only"))
        self.assertEqual([], groups.ensure("key", Limits(1, 64)))
        groups.limit("key", Limits(1, 64))
        groups.remove("key")
        said = groups.capability()
        self.assertEqual(["", "", ""], [capability.means for capability in said])
        self.assertEqual({"read-only"}, {capability.reason for capability in said})

    def test_limiting_what_is_gone_is_refused(self):
        roots = dict.fromkeys(("cpu", "memory", "pids"), self.directory)
        groups = Cgroups("lab", Hierarchies(2, roots))
        fault = self.assertRaises(RuntimeFault, groups.limit, "key", Limits(1, 64))
        self.assertIn("lab/key", str(fault))
