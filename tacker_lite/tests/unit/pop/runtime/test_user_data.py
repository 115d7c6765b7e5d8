"""user_data as a start script; scripts made from cloud-config are run for real."""

import base64
import gzip
import os
import subprocess
import tempfile
import textwrap

import testtools

from tacker_lite.pop.runtime import user_data


class PlanTest(testtools.TestCase):
    def plan(self, text):
        return user_data.plan(textwrap.dedent(text).encode())

    def test_a_script_is_kept_byte_for_byte(self):
        script = b"#!/bin/sh\necho \xff\n"
        self.assertEqual(user_data.StartPlan(script=script), user_data.plan(script))

    def test_nothing_is_nothing(self):
        for data in (b"", b"  \n", b"#cloud-config\n"):
            self.assertEqual(user_data.StartPlan(), user_data.plan(data))

    def test_what_is_not_understood_is_named(self):
        for data, words in (
            (b"hello", "neither a script"),
            (gzip.compress(b"#!/bin/sh"), "compressed"),
            (b"#cloud-config\n- a", "not a mapping"),
            (b"#cloud-config\na: [", "not YAML"),
            (b"#cloud-config\n\xff: 1", "not YAML"),
            (b"#cloud-config\nruncmd: ls", "runcmd must be a list"),
            (b"#cloud-config\nruncmd: [3]", "runcmd item 1"),
            (b"#cloud-config\nhostname: [a]", "hostname must be text"),
            (b"#cloud-config\nusers: []", "key 'users'"),
            (b"#cloud-config\nwrite_files: x", "write_files must be a list"),
            (b"#cloud-config\nwrite_files: [x]", "must be a mapping"),
            (b"#cloud-config\nwrite_files: [{path: a}]", "absolute path"),
            (b"#cloud-config\nwrite_files: [{path: /a, x: 1}]", "key 'x'"),
            (b"#cloud-config\nwrite_files: [{path: /a, encoding: gz}]", "'gz'"),
            (b"#cloud-config\nwrite_files: [{path: /a, permissions: rw}]", "octal"),
            (
                b"#cloud-config\nwrite_files: [{path: /a, encoding: b64, content: a}]",
                "not base64",
            ),
        ):
            plan = user_data.plan(data)
            self.assertEqual(b"", plan.script, data)
            self.assertEqual(1, len(plan.notes), data)
            self.assertIn("user_data ignored", plan.notes[0])
            self.assertIn(words, plan.notes[0])

    def test_hostname(self):
        self.assertEqual("fw1", self.plan("#cloud-config\nhostname: fw1\n").hostname)

    def test_one_bad_item_does_not_stop_the_others(self):
        plan = self.plan(
            """\
            #cloud-config
            runcmd: [3, echo yes]
            """
        )
        self.assertEqual(b"#!/bin/sh\necho yes\n", plan.script)
        self.assertEqual(1, len(plan.notes))

    def test_files_and_commands_do_what_they_say(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        folder = directory.name
        content = base64.b64encode(bytes(range(256))).decode()
        plan = self.plan(
            f"""\
            #cloud-config
            write_files:
            - path: "{folder}/new dir/it's"
              content: |
                $HOME `x` 'y'
                END
              permissions: '0750'
            - {{path: {folder}/raw, content: {content}, encoding: b64}}
            - {{path: {folder}/raw, content: more, append: true}}
            - {{path: {folder}/raw, content: "!", append: true}}
            runcmd:
            - [sh, -c, "echo \\"$0\\" > {folder}/out", "two  words"]
            - cd {folder}; echo $((1+1)) >> out
            """
        )
        self.assertEqual([], plan.notes)
        subprocess.run(["sh", "-e", "-s"], input=plan.script, check=True)
        path = os.path.join(folder, "new dir", "it's")
        with open(path, encoding="utf-8") as file:
            self.assertEqual("$HOME `x` 'y'\nEND\n", file.read())
        self.assertEqual(0o750, os.stat(path).st_mode & 0o777)
        with open(os.path.join(folder, "raw"), "rb") as file:
            self.assertEqual(bytes(range(256)) + b"more!", file.read())
        with open(os.path.join(folder, "out"), encoding="utf-8") as file:
            self.assertEqual("two  words\n2\n", file.read())
