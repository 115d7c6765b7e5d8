"""A conductor and its client in this process, over the in-memory transport."""

from __future__ import annotations

import secrets
import tempfile
import time

import fixtures

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import context, exceptions, rpc
from tacker_lite.conductor.client import ConductorClient
from tacker_lite.conductor.service import ConductorService
from tacker_lite.db import base, event, migration, vnf
from tacker_lite.vim.fake import FakeCloud

PROJECT = "project-1"

DESCRIPTOR = {
    "tosca_definitions_version": "tosca_simple_profile_for_nfv_1_0_0",
    "description": "one server",
    "metadata": {"template_name": "one-server"},
    "topology_template": {
        "inputs": {"image": {"type": "string", "default": "debian-12"}},
        "node_templates": {
            "VDU1": {
                "type": "tosca.nodes.nfv.VDU.Tacker",
                "properties": {"image": {"get_input": "image"}, "flavor": "small"},
            },
            "CP1": {
                "type": "tosca.nodes.nfv.CP.Tacker",
                "properties": {"management": True},
                "requirements": [
                    {"virtualLink": {"node": "VL1"}},
                    {"virtualBinding": {"node": "VDU1"}},
                ],
            },
            "VL1": {
                "type": "tosca.nodes.nfv.VL",
                "properties": {"network_name": "net0", "vendor": "any"},
            },
        },
    },
}


class SeveredDatabase(base.Database):
    """A database that a process can be cut off from, as its death would do."""

    severed = False

    def reader(self):
        self._check()
        return super().reader()

    def writer(self):
        self._check()
        return super().writer()

    def _check(self):
        if self.severed:
            raise ConnectionError("this conductor is dead")


class Conductors(fixtures.Fixture):
    """Conductors of one database, a client, and a fake cloud.

    :param sections: options of other sections, by section.
    :param options: of ``[conductor]``.
    """

    def __init__(self, sections=None, **options):
        super().__init__()
        conductor = {"reconcile_interval": 0.05, **options}
        self.sections = {**(sections or {}), "conductor": conductor}

    def _setUp(self):
        self.useFixture(fixtures.FakeLogger())
        directory = tempfile.TemporaryDirectory(prefix="tacker-lite-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.exchange = f"test-{secrets.token_hex(4)}"
        self.auth_url = f"fake://cloud-{secrets.token_hex(4)}"
        self.addCleanup(FakeCloud.forget, self.auth_url)
        self.cloud = FakeCloud.at(self.auth_url)
        self.context = context.RequestContext(
            user_id="user-1", project_id=PROJECT, is_admin=False, overwrite=False
        )
        self.conf = self.make_conf("client")
        self.database = base.Database(self.conf)
        self.addCleanup(self.database.close)
        migration.sync(self.database)
        self.client = ConductorClient(self.conf, self._transport(self.conf))

    def make_conf(self, host):
        conf = tacker_lite_conf.new(
            [], config_files=[], state_path=self.directory, host=host
        )
        for group, options in self.sections.items():
            for name, value in options.items():
                conf.set_override(name, value, group=group)
        return conf

    def _transport(self, conf):
        transport = rpc.get_transport(conf, "fake://")
        conf.set_override("control_exchange", self.exchange)
        transport._driver._default_exchange = self.exchange
        transport._driver._exchange_manager._default_exchange = self.exchange
        return transport

    def start(self, host="host-1"):
        """Start a conductor; it is stopped at the end of the test."""
        conf = self.make_conf(host)
        database = SeveredDatabase(conf)
        service = ConductorService(conf, database, self._transport(conf))
        service.test_database = database
        service.start()
        self.addCleanup(database.close)
        self.addCleanup(self._stop, service)
        return service

    @staticmethod
    def _stop(service):
        if not service.test_database.severed:
            service.stop()

    def kill(self, service):
        """Let a conductor die: whatever it does from here on reaches no row.

        What its threads have begun on a VIM goes on, as requests under way would.
        """
        service.test_database.severed = True
        service._server.stop()
        service._periodic.stop()
        service._reconciler.stop()
        service._vims.shutdown()

    def register_vim(self, name="vim-1", **more):
        body = {
            "name": name,
            "project_id": PROJECT,
            "type": "fake",
            "auth_url": self.auth_url,
            "vim_project": {"name": "nfv"},
            "auth_cred": {"username": "nfv", "password": "s3cret"},
            "is_default": True,
            **more,
        }
        return self.client.register_vim(self.context, body)

    def create_vnf(self, name="vnf-1", **more):
        body = {"name": name, "project_id": PROJECT, "vnfd_template": DESCRIPTOR}
        return self.client.create_vnf(self.context, {**body, **more})

    def vnf(self, vnf_id):
        """The VNF's row now, or None."""
        with self.database.reader() as session:
            try:
                return vnf.get(session, vnf_id)
            except exceptions.NotFound:
                return None

    def wait(self, what, condition, timeout=15.0):
        """The first true result of ``condition()``."""
        deadline = time.monotonic() + timeout
        while True:
            result = condition()
            if result:
                return result
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {timeout} s")
            time.sleep(0.01)

    def wait_status(self, vnf_id, status):
        def reached():
            row = self.vnf(vnf_id)
            return row if row and row["status"] == status else None

        return self.wait(f"VNF in {status}", reached)

    def wait_gone(self, vnf_id):
        self.wait("VNF gone", lambda: self.vnf(vnf_id) is None)

    def events(self, resource_id):
        """(event type, state) of everything recorded of a resource."""
        rows = self.event_rows(resource_id)
        return [(row["event_type"], row["resource_state"]) for row in rows]

    def event_rows(self, resource_id):
        """Everything recorded of a resource."""
        with self.database.reader() as session:
            return event.list_rows(session, None, {"resource_id": [resource_id]})
