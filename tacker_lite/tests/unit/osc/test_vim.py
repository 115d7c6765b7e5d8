"""VIM registration files as request attributes."""

import textwrap
from pathlib import Path

import fixtures
import testtools
import yaml
from osc_lib import exceptions

from tacker_lite.osc.vim import attributes_from_file

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"


class TestFile(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = Path(self.useFixture(fixtures.TempDir()).path)

    def read(self, register: bool = True, **changes) -> dict:
        config = {
            "auth_url": "https://192.0.2.1/identity",
            "username": "nfv",
            "password": "s3cret",
            "project_name": "nfv",
            **changes,
        }
        path = self.folder / "vim.yaml"
        path.write_text(yaml.safe_dump(config))
        return attributes_from_file(str(path), register)

    def refusal(self, **changes) -> str:
        error = self.assertRaises(exceptions.CommandError, self.read, **changes)
        self.assertIn(str(self.folder / "vim.yaml"), str(error))
        self.assertNotIn("s3cret", str(error))
        return str(error)

    def test_an_openstack(self):
        self.assertEqual(
            {
                "auth_url": "https://192.0.2.1/identity",
                "type": "openstack",
                "vim_project": {"name": "nfv", "project_domain_name": ""},
                "auth_cred": {
                    "username": "nfv",
                    "password": "s3cret",
                    "user_domain_name": "",
                    "cert_verify": "True",
                },
            },
            self.read(),
        )

    def test_a_change_leaves_out_what_cannot_change(self):
        self.assertEqual({"auth_cred", "vim_project"}, set(self.read(register=False)))

    def test_the_authority_as_text(self):
        self.assertEqual(
            CERTIFICATE, self.read(ssl_ca_cert=CERTIFICATE)["auth_cred"]["ssl_ca_cert"]
        )

    def test_the_authority_in_a_file_beside_the_registration(self):
        (self.folder / "ca.pem").write_text(CERTIFICATE)
        for name in ("ca.pem", str(self.folder / "ca.pem")):
            found = self.read(ssl_ca_cert=name)["auth_cred"]
            self.assertEqual(CERTIFICATE, found["ssl_ca_cert"])

    def test_nothing_but_certificates_leaves_the_machine(self):
        (self.folder / "all.pem").write_text(KEY + CERTIFICATE + KEY + CERTIFICATE)
        found = self.read(ssl_ca_cert="all.pem")["auth_cred"]["ssl_ca_cert"]
        self.assertEqual(CERTIFICATE * 2, found)

    def test_an_authority_that_is_none(self):
        (self.folder / "key.pem").write_text(KEY)
        for value, words in (
            ("missing.pem", "missing.pem"),
            ("key.pem", "no PEM certificate"),
            (KEY, "no PEM certificate"),
            ("a\0b", "ssl_ca_cert"),
        ):
            self.assertIn(words, self.refusal(ssl_ca_cert=value))

    def test_what_a_file_lacks(self):
        for changes, words in (
            ({"project_name": ""}, "project_name is missing"),
            ({"auth_url": ""}, "auth_url is missing"),
            ({"auth_url": "192.0.2.1"}, "is not a URL"),
            ({"cert_verify": True}, "in quotes"),
            ({"type": "cloud9"}, "type cloud9"),
            ({"type": "kubernetes", "username": ""}, "bearer_token"),
        ):
            self.assertIn(words, self.refusal(**changes))

    def test_no_yaml(self):
        path = self.folder / "vim.yaml"
        for text, words in (
            ("a: [1\nb: 2\n", "line 2"),
            ("- a\n", "must hold a YAML mapping"),
        ):
            path.write_text(textwrap.dedent(text))
            error = self.assertRaises(
                exceptions.CommandError, attributes_from_file, str(path), True
            )
            self.assertIn(words, str(error))
        path.unlink()
        error = self.assertRaises(
            exceptions.CommandError, attributes_from_file, str(path), True
        )
        self.assertIn(f"{path}: No such file", str(error))
