"""Packages and dry runs as users of the ``openstack`` client meet them."""

import json

import yaml

from tacker_lite.tests.functional.deployment import BIN, ROOT, run, wait_for
from tacker_lite.tests.functional.installed import InstalledCase
from tacker_lite.tests.unit.tosca import descriptors, hostile_packages, packages

ONBOARD = ("vnf", "descriptor", "create")
HELLO = (ROOT / "samples" / "vnfd" / "hello-world.yaml").read_text()


class PackageCase(InstalledCase):
    def file(self, name: str, content) -> str:
        path = self.deployment.directory / name
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return str(path)

    def command(self, *words: str):
        env = self.deployment.environment()
        return run(BIN / "openstack", *words, env=env, check=False)

    def names(self) -> set[str]:
        return {row["name"] for row in self.ask("GET", "vnfds").json()["vnfds"]}


class TestDryRun(PackageCase):
    def test_problems(self):
        before = self.names()
        text = descriptors.changed(
            ("management: true", "management: maybe"), ("vendor: example", "")
        )
        path = self.file("bad.yaml", text)
        tried = (*ONBOARD, "--dry-run", "--vnfd-file", path, "bad")

        done = self.command(*tried)
        self.assertEqual(1, done.returncode, done.stderr)
        for word in ("File", "Line", "Node", "Problem", "CP1", " 23 ", "VL1", " 30 "):
            self.assertIn(word, done.stdout)
        self.assertNotIn("Traceback", done.stderr)

        done = self.command(*tried, "-f", "json")
        self.assertEqual(1, done.returncode, done.stderr)
        rows = json.loads(done.stdout)
        self.assertLessEqual(
            {(path, 23, "CP1"), (path, 30, "VL1")},
            {(row["File"], row["Line"], row["Node"]) for row in rows},
        )
        for style in ("value", "shell"):
            done = self.command(*tried, "-f", style)
            self.assertEqual(1, done.returncode, done.stderr)
            self.assertIn("maybe", done.stdout + done.stderr)
            self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(before, self.names())

    def test_what_a_vim_would_be_given(self):
        before = self.names()
        path = self.file("good.yaml", HELLO)
        done = self.command(
            *ONBOARD, "--dry-run", "--vnfd-file", path, "-f", "json", "good"
        )
        self.assertEqual(0, done.returncode, done.stderr)
        hot = yaml.safe_load(json.loads(done.stdout)["heat_template"])
        self.assertIn("OS::Nova::Server", str(hot["resources"]))
        self.assertEqual(before, self.names())

    def test_input_values(self):
        path = self.file("inputs.yaml", descriptors.TEXT)
        tried = (*ONBOARD, "--dry-run", "--vnfd-file", path, "x")
        self.assertEqual(0, self.command(*tried).returncode)
        good = self.file("good.yaml", "address: 10.0.0.5\n")
        self.assertEqual(0, self.command(*tried, "--param-file", good).returncode)
        bad = self.file("bad.yaml", "address: s3cret\n")
        done = self.command(*tried, "--param-file", bad, "-f", "json")
        self.assertEqual(1, done.returncode)
        (row,) = json.loads(done.stdout)
        self.assertEqual((24, "CP1"), (row["Line"], row["Node"]))
        self.assertNotIn("s3cret", done.stdout + self.deployment.log)

    def test_wrong_use(self):
        good = self.file("good.yaml", HELLO)
        for words, reason in (
            (("--dry-run", "--vnfd-file", "absent.yaml"), "No such file"),
            (("--vnfd-file", good, "--param-file", good), "--dry-run"),
            (("--dry-run", "--vnfd-file", self.file("b", b"\xff")), "UTF-8"),
            (("--dry-run", "--vnfd-file", "/dev/zero"), "larger than"),
        ):
            done = self.command(*ONBOARD, *words, "x")
            self.assertEqual(1, done.returncode)
            self.assertIn(reason, done.stderr)
            self.assertNotIn("Traceback", done.stderr)
        reader = self.deployment.environment("guest", "demo")
        words = (*ONBOARD, "--dry-run", "--vnfd-file", good, "x")
        done = run(BIN / "openstack", *words, env=reader, check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("vnfd:create", done.stderr)


class TestPackages(PackageCase):
    def test_problems_name_the_file_in_the_package(self):
        text = packages.descriptor().replace("../Scripts/install.sh", "/etc/passwd")
        path = self.file("web.csar", packages.packed(packages.changed(entry=text)))
        done = self.command(
            *ONBOARD, "--dry-run", "--vnfd-file", path, "-f", "json", "x"
        )
        self.assertEqual(1, done.returncode, done.stderr)
        (row,) = json.loads(done.stdout)
        self.assertEqual(
            (f"{path}:Definitions/web.yaml", 39, "web"),
            (row["File"], row["Line"], row["Node"]),
        )
        done = self.command(*ONBOARD, "--vnfd-file", path, "x")
        self.assertEqual(1, done.returncode)
        self.assertIn("Definitions/web.yaml:39", done.stderr)

    def test_hostile_ones(self):
        before = self.names()
        made = hostile_packages.made()
        for name in ("path that climbs", "YAML bomb"):
            path = self.file("hostile.csar", made[name])
            for command in (
                (*ONBOARD, "--vnfd-file", path),
                ("vnf", "create", "--vnfd-template", path),
            ):
                done = self.command(*command, "x")
                self.assertEqual(1, done.returncode)
                self.assertIn(hostile_packages.CASES[name].words[0], done.stderr)
                self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(before, self.names())
        self.assertNotIn("Traceback", self.deployment.log)

    def test_too_large(self):
        path = self.file("large.csar", b"PK\x03\x04" + b"\0" * 6_000_000)
        done = self.command(*ONBOARD, "--vnfd-file", path, "x")
        self.assertEqual(1, done.returncode)
        self.assertIn("4194304 bytes at most", done.stderr)

    def test_a_vnf_from_a_package(self):
        text = HELLO.replace("tosca.nodes.nfv.VDU.Tacker", "example.nodes.Web").replace(
            "\ntopology_template:", "\nimports: [types.yaml]\ntopology_template:"
        )
        self.assertIn("example.nodes.Web", text)
        files = {
            packages.META: packages.META_TEXT,
            packages.ENTRY: text,
            "Definitions/types.yaml": packages.TYPES,
            "Files/logo.png": b"\x89PNG\xff",
        }
        path = self.file("hello.csar", packages.packed(files))
        row = json.loads(
            self.deployment.openstack(
                "vnf", "create", "--vnfd-template", path, "-f", "json", "packed"
            )
        )
        wait_for(
            "the VNF to be ACTIVE",
            lambda: (
                self.ask("GET", f"vnfs/{row['id']}").json()["vnf"]["status"] == "ACTIVE"
            ),
        )
        (stack,) = self.deployment.stacks()
        self.assertIn("packed", stack.stack_name)
        self.deployment.openstack(*ONBOARD, "--vnfd-file", path, "hello-packed")
        self.assertIn("hello-packed", self.names())
