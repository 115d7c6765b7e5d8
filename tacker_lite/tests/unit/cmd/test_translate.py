import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import testtools
import yaml

from tacker_lite.cmd import translate
from tacker_lite.tests.unit.tosca import descriptors, packages

SAMPLES = pathlib.Path(__file__).parents[4] / "samples" / "vnfd"


class TranslateCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, "utf-8")
        return str(path)

    def run_command(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = translate.main(list(arguments))
        return status, out.getvalue(), err.getvalue()


class TestTranslate(TranslateCase):
    def test_the_printed_template_stands_alone(self):
        status, out, err = self.run_command(
            "--param-file",
            str(SAMPLES / "params" / "two-site-web-site2.yaml"),
            str(SAMPLES / "two-site-web.yaml"),
        )

        self.assertEqual((0, ""), (status, err))
        parameters = yaml.safe_load(out)["parameters"]
        self.assertEqual("10.10.1.12", parameters["web1_address"]["default"])
        self.assertEqual("site2-web2", parameters["web2_name"]["default"])

    def test_each_problem_has_file_line_and_reason(self):
        text = descriptors.changed(
            ("management: true", "management: maybe"), ("vendor: example", "")
        )
        path = self.write("bad.yaml", text)
        params = self.write("params.yaml", "address: 10.0.0.5\n")

        status, out, err = self.run_command("--param-file", params, path)

        self.assertEqual((1, ""), (status, out))
        lines = err.splitlines()
        self.assertEqual(2, len(lines))
        self.assertTrue(lines[0].startswith(f"{path}:23: node"), lines[0])
        self.assertTrue(lines[1].startswith(f"{path}:30: node"), lines[1])

    def test_missing_value(self):
        path = self.write("vnfd.yaml", descriptors.TEXT)

        status, out, err = self.run_command(path)

        self.assertEqual((1, ""), (status, out))
        self.assertEqual(
            f'{path}:10: input "address" has no default: give it a value with '
            "--param-file (param_values)\n",
            err,
        )

    def test_what_cannot_be_rendered(self):
        path = self.write("vnfd.yaml", descriptors.TEXT)
        params = self.write("params.yaml", "address: nowhere\n")

        status, _, err = self.run_command("--param-file", params, path)

        self.assertEqual(1, status)
        self.assertTrue(err.startswith(f'{path}:24: node "CP1": '), err)
        self.assertIn("not a valid IP address", err)
        self.assertNotIn("nowhere", err)

    def test_what_cannot_be_rendered_has_the_line_of_its_key(self):
        size = (
            "capabilities:\n        nfv_compute:\n          properties:\n"
            "            num_cpus: 1\n            mem_size: lots\n"
        )
        for old, new, line, reason in (
            ("  flavor: m1.small\n", size, 22, '"lots"'),
            (
                "network_name: { get_input: network }",
                "cidr: 10.9.0.0/24\n        gateway_ip: 10.8.0.1",
                31,
                'gateway_ip: "10.8.0.1"',
            ),
        ):
            text = descriptors.changed(
                ("        mgmt_driver: noop\n    CP1", "    CP1")
            )
            path = self.write("vnfd.yaml", text.replace(old, new))
            params = self.write("params.yaml", "address: 10.9.0.5\n")

            status, _, err = self.run_command("--param-file", params, path)

            self.assertEqual(1, status)
            self.assertTrue(err.startswith(f"{path}:{line}: node"), err)
            self.assertIn(reason, err)

    def test_unknown_input(self):
        path = self.write("vnfd.yaml", descriptors.TEXT)
        params = self.write("params.yaml", "address: 10.0.0.5\nadress: 10.0.0.6\n")

        status, _, err = self.run_command("--param-file", params, path)

        self.assertEqual(1, status)
        self.assertTrue(err.startswith(f'{params}:2: there is no input "adress"'), err)
        self.assertIn("(did you mean address?)", err)

    def test_unreadable_files(self):
        good = self.write("vnfd.yaml", descriptors.TEXT)
        binary = self.folder / "binary.yaml"
        binary.write_bytes(b"\xff\xfe\x00")
        for arguments, reason in (
            ([str(self.folder / "none.yaml")], "No such file"),
            ([str(self.folder)], "Is a directory"),
            ([str(binary)], "UTF-8"),
            (["/dev/zero"], "larger than"),
            (["--param-file", str(self.folder / "none"), good], "No such file"),
            (["--param-file", self.write("p", "- a\n"), good], "must be a mapping"),
            (["--param-file", self.write("q", "a: [\n"), good], "not valid YAML"),
        ):
            status, out, err = self.run_command(*arguments)

            self.assertEqual((1, ""), (status, out))
            self.assertIn(reason, err)

    def test_no_folder_for_nested_templates_without_any(self):
        wanted = self.folder / "nested"
        before = set(self.folder.iterdir())
        finished = subprocess.run(
            [
                sys.executable,
                "-m",
                "tacker_lite.cmd.translate",
                "--output-dir",
                str(wanted),
                str(SAMPLES / "hello-world.yaml"),
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )

        self.assertEqual((0, ""), (finished.returncode, finished.stderr))
        self.assertIn("heat_template_version", finished.stdout)
        self.assertEqual(before, set(self.folder.iterdir()))


class TestPackages(TranslateCase):
    def pack(self, **changes):
        path = self.folder / "web.csar"
        path.write_bytes(packages.packed(packages.changed(**changes)))
        return str(path)

    def test_a_package(self):
        params = self.write("params.yaml", "address: 10.0.0.5\n")

        status, out, err = self.run_command("--param-file", params, self.pack())

        self.assertEqual((0, ""), (status, err))
        resources = yaml.safe_load(out)["resources"]
        configs = [
            each["properties"]["config"]
            for each in resources.values()
            if each["type"] == "OS::Heat::SoftwareConfig"
        ]
        self.assertIn(packages.INSTALL, configs)

    def test_problems_name_the_file_in_the_package(self):
        text = packages.descriptor()
        text = text.replace("management: true", "management: maybe")
        line = text.splitlines().index("        management: maybe") + 1
        path = self.pack(entry=text.replace("vendor: example", ""))
        params = self.write("params.yaml", "address: 10.0.0.5\n")

        status, out, err = self.run_command("--param-file", params, path)

        self.assertEqual((1, ""), (status, out))
        first, second = err.splitlines()
        place = f"{path}:Definitions/web.yaml"
        self.assertTrue(first.startswith(f'{place}:{line}: node "CP1"'), first)
        self.assertIn('node "VL1"', second)

    def test_a_script_from_outside(self):
        text = packages.descriptor()
        for script in ("/etc/passwd", "../../x", "file:///etc/passwd"):
            path = self.pack(entry=text.replace("../Scripts/install.sh", script))

            status, out, err = self.run_command(path)

            self.assertEqual((1, ""), (status, out))
            self.assertIn(f'node "web": the script "{script}" is outside', err)

    def test_a_script_beside_a_descriptor_is_not_read(self):
        self.write("install.sh", "echo s3cret\n")
        text = descriptors.TEXT + packages.SOFTWARE.replace("../Scripts/", "")
        path = self.write("vnfd.yaml", text)
        params = self.write("params.yaml", "address: 10.0.0.5\n")

        status, out, err = self.run_command("--param-file", params, path)

        self.assertEqual((1, ""), (status, out))
        self.assertIn('node "web"', err)
        self.assertIn("install.sh", err)
        self.assertNotIn("s3cret", err)

    def test_a_package_that_is_none(self):
        path = self.folder / "bad.csar"
        path.write_bytes(b"PK\x03\x04" + b"x" * 100)

        status, out, err = self.run_command(str(path))

        self.assertEqual((1, ""), (status, out))
        self.assertTrue(err.startswith(f"{path}: the package is no"), err)


class TestCheck(TranslateCase):
    def test_several_descriptors(self):
        good = str(SAMPLES / "hello-world.yaml")
        bad = self.write("bad.yaml", descriptors.changed(("vendor: example", "")))
        none = str(self.folder / "none.yaml")

        status, out, err = self.run_command("--check", good, bad, none, good)

        self.assertEqual((1, ""), (status, out))
        lines = err.splitlines()
        self.assertTrue(lines[0].startswith(f"{bad}:"), lines)
        self.assertIn(f"{none}: No such file or directory", lines)
        self.assertNotIn("hello-world", err)
        self.assertEqual((0, "", ""), self.run_command("--check", good, good))

    def test_several_are_not_printed_one_after_the_other(self):
        good = str(SAMPLES / "hello-world.yaml")

        error = self.assertRaises(SystemExit, self.run_command, good, good)

        self.assertEqual(2, error.code)

    def test_problems_of_loading_for_programs(self):
        text = descriptors.changed(
            ("management: true", "management: maybe"), ("vendor: example", "")
        )
        path = self.write("bad.yaml", text)

        status, out, err = self.run_command("--check", "--format", "json", path)

        self.assertEqual((1, ""), (status, err))
        (found,) = json.loads(out)
        self.assertEqual((path, "", {}), (found["vnfd"], found["heat_template"],
                                          found["files"]))  # fmt: skip
        places = {(p["file"], p["line"], p["node"]) for p in found["problems"]}
        self.assertLessEqual({(path, 23, "CP1"), (path, 30, "VL1")}, places)

    def test_problems_of_rendering_for_programs(self):
        text = descriptors.changed(
            ("        management: true\n", "        mac_address: nothing\n"),
            ("network_name: { get_input: network }", "cidr: everywhere"),
        )
        path = self.write("bad.yaml", text)
        params = self.write("params.yaml", "address: 10.0.0.5\n")

        status, out, _ = self.run_command(
            "--format", "json", "--param-file", params, path
        )

        self.assertEqual(1, status)
        (found,) = json.loads(out)
        self.assertEqual(
            [(23, "CP1"), (31, "VL1")],
            [(p["line"], p["node"]) for p in found["problems"]],
        )
        self.assertTrue(all(p["reason"] for p in found["problems"]))

    def test_templates_for_programs(self):
        good = str(SAMPLES / "hello-world.yaml")

        status, out, err = self.run_command("--format", "json", good, good)

        self.assertEqual((0, ""), (status, err))
        first, second = json.loads(out)
        self.assertEqual((first, []), (second, first["problems"]))
        self.assertIn("resources", yaml.safe_load(first["heat_template"]))

    def test_all_unknown_inputs_at_once(self):
        path = self.write("vnfd.yaml", descriptors.TEXT)
        params = self.write("params.yaml", "adress: 10.0.0.5\nnetwrk: a\n")

        status, _, err = self.run_command("--param-file", params, path)

        self.assertEqual(1, status)
        first, second = err.splitlines()
        self.assertTrue(first.startswith(f"{params}:1: "), first)
        self.assertTrue(second.startswith(f"{params}:2: "), second)
