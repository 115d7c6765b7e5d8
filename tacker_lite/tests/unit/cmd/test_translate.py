import contextlib
import io
import pathlib
import subprocess
import sys
import tempfile

import testtools
import yaml

from tacker_lite.cmd import translate
from tacker_lite.tests.unit.tosca import descriptors

SAMPLES = pathlib.Path(__file__).parents[4] / "samples" / "vnfd"


class TestTranslate(testtools.TestCase):
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
