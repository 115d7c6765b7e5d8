"""The configuration files that are shipped say only what the service understands."""

import configparser
import os
import pathlib
import tempfile

import testtools
from keystonemiddleware import opts as keystone_opts
from oslo_policy import policy

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import rbac, rpc
from tacker_lite.db import base
from tacker_lite.vim import credentials

SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "samples" / "config"


class TestSamples(testtools.TestCase):
    def _load(self, path):
        conf = tacker_lite_conf.new([], [str(path)])
        base.register_opts(conf)
        # Makes oslo.messaging register its options; nothing is connected.
        rpc.get_transport(conf, "fake://")
        for group, options in keystone_opts.list_auth_token_opts():
            conf.register_opts(options, group=group)
        return conf

    def test_every_option_is_known_and_read(self):
        paths = sorted(SAMPLES.glob("*.conf"))
        names = ["all-in-one.conf", "http-basic.conf", "split.conf"]
        self.assertEqual(names, [path.name for path in paths])
        # Read by the plugin of auth_type, not by the middleware.
        plugin = {"auth_url", "username", "password", "project_name",
                  "user_domain_name", "project_domain_name"}  # fmt: skip
        for path in paths:
            conf = self._load(path)
            parser = configparser.ConfigParser(default_section="none")
            parser.read(path)
            for section in parser.sections():
                group = conf if section == "DEFAULT" else conf[section]
                for name, text in parser[section].items():
                    if section == "keystone_authtoken" and name in plugin:
                        continue
                    with self.subTest(f"{path.name}: {section}.{name}"):
                        value = group[name]
                        if isinstance(value, list):
                            (value,) = value
                        self.assertEqual(text, str(value))

    def test_the_key_of_the_sample_is_one(self):
        conf = self._load(SAMPLES / "split.conf")
        keyring = credentials.Keyring(conf)
        public, sealed = keyring.seal({"username": "u", "password": "p"})
        self.assertEqual("p", keyring.open(public, sealed)["password"])

    def test_policy(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "tacker-lite.conf")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"[oslo_policy]\npolicy_file = {SAMPLES}/policy.yaml\n")
            conf = tacker_lite_conf.new([], [path])
            enforcer = rbac.get_enforcer(conf)
            enforcer.load_rules()
        changed = policy.parse_file_contents((SAMPLES / "policy.yaml").read_text())
        self.assertLessEqual(changed.keys(), enforcer.registered_rules.keys())
        target = {"project_id": "p", "tenant_id": "p"}
        for roles, rule, expected in (
            (["member"], "vim:create", False),
            (["member"], "vnf:create", True),
            (["nfv_admin"], "vim:create", True),
        ):
            caller = {"roles": roles, "project_id": "p", "user_id": "u"}
            self.assertEqual(expected, enforcer.enforce(rule, target, caller), rule)
