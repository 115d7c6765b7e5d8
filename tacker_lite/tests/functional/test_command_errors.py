"""What the ``openstack`` commands print: what to do, and no traceback."""

import re

import yaml

from tacker_lite.tests.functional.deployment import BIN, run
from tacker_lite.tests.functional.installed import VDU, InstalledCase, changed


class TestCommands(InstalledCase):
    def test_messages(self):
        folder = self.deployment.directory
        files = {
            "broken": "a: [1\nb: 2\n",
            "list": "- a\n",
            "node": "tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0\n"
            "topology_template: {node_templates: {V: {type: tosca.nodes.Foo}}}\n",
            "values": "server_nam: a\n",
        }
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text)
        file = {name: str(folder / f"{name}.yaml") for name in (*files, "absent")}
        good = self.deployment.vim_file("pop1")
        text = good.read_text()
        changes = {
            "wrong": (self.deployment.password, "wrong"),
            "dead": (self.deployment.lab_url, "http://127.0.0.1:9"),
            "project": ("project_name: admin", "project_name: moon"),
        }
        for name, (old, new) in changes.items():
            file[name] = str(folder / f"{name}.yaml")
            (folder / f"{name}.yaml").write_text(text.replace(old, new))
        register = "vim register --config-file"
        onboard = "vnf descriptor create --vnfd-file"
        inputs = "vnf create --vnfd-name inputs"
        before = self.state()
        for command, *words in (
            (f"{register} {file['absent']} b", "absent.yaml", "No such file"),
            (f"{register} {file['broken']} b", "broken.yaml line 2"),
            (f"{register} {file['list']} b", "list.yaml", "mapping"),
            (f"{register} {file['wrong']} b", "check username, password"),
            (f"{register} {file['dead']} b", "check auth_url"),
            (f"{register} {file['project']} b", "project moon"),
            (f"{register} {good} site-a", ": site-a; choose another name"),
            (f"vim set --config-file {file['wrong']} site-a", "check username"),
            ("vim set site-a", "Nothing to change"),
            ("vim show nope", "nope", "list the vims"),
            ("vim delete nope neither", "nope", "neither", "list the vims"),
            (f"{onboard} {file['broken']} b", "broken.yaml line 2"),
            (f"{onboard} {file['node']} b", "tosca.nodes.Foo", "use one of"),
            ("vnf descriptor show nope", "list the vnfds"),
            ("vnf descriptor template show nope", "list the vnfds"),
            ("vnf descriptor delete nope", "list the vnfds"),
            (f"{inputs} x", 'input "server_name" has no default: give it a value'),
            (f"{inputs} --param-file {file['values']} x", 'no input "server_nam"'),
            (f"{inputs} --param-file {file['broken']} x", "broken.yaml line 2"),
            ("vnf create --vnfd-name nope x", "list the vnfds"),
            ("vnf create --vnfd-name hello --vim-name nope x", "list the vims"),
            ("vnf create --vnfd-name hello --vim-region-name moon x", "it has: pop1"),
            (f"vnf create --vnfd-template {file['node']} x", "tosca.nodes.Foo"),
            ("vnf show nope", "list the vnfs"),
            ("vnf set --config a:[ nope", "--config"),
            ("vnf set --config {} nope", "list the vnfs"),
            ("vnf resource list nope", "list the vnfs"),
            ("vnf delete --wait nope", "nope", "list the vnfs"),
            ("nfv event show 99999", "99999", "events"),
        ):
            with self.subTest(command):
                self._refused(command.split(), words)
        self.assertEqual(before, self.state())

    def _refused(self, command: list[str], words: list[str]) -> None:
        env = self.deployment.environment()
        done = run(BIN / "openstack", *command, env=env, check=False)
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertEqual("", done.stdout)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertIsNone(re.search(r"Traceback|File \"", done.stderr), done.stderr)

    def test_a_failure_that_was_waited_for(self):
        document = changed("hello-world", f"{VDU}/image", "no-such-image")
        path = self.deployment.directory / "image.yaml"
        path.write_text(yaml.safe_dump(document))
        create = ["vnf", "create", "--wait", "--vnfd-template", str(path), "x"]
        self._refused(create, ["no-such-image", "openstack vnf delete"])
        self.deployment.openstack("vnf", "delete", "--wait", "x")
        self.assertEqual([], self.deployment.stacks())

    def test_a_service_that_is_not_there(self):
        self.deployment.stop_service()
        self._refused(["vnf", "list"], ["Unable to establish connection"])
