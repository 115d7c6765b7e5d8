"""Templates, and tests with a lab of their own and heatclient for it."""

import time

from heatclient import client as heat_client
from keystoneauth1 import session as ksa_session
from keystoneauth1.identity import v3

from tacker_lite.tests.functional.pop.lab_server import LabCase

TWO_SERVERS = {
    "heat_template_version": "2013-05-23",
    "description": "two servers",
    "parameters": {
        "image": {"type": "string", "default": "host"},
        "secret": {"type": "string", "default": "hush-hush", "hidden": True},
    },
    "resources": {
        "flavor": {
            "type": "OS::Nova::Flavor",
            "properties": {"vcpus": 1, "ram": 512, "disk": 1},
        },
        "VL1": {"type": "OS::Neutron::Net", "properties": {"name": "inner"}},
        "VL1_subnet": {
            "type": "OS::Neutron::Subnet",
            "properties": {
                "network": {"get_resource": "VL1"},
                "cidr": "10.99.0.0/24",
                "ip_version": 4,
            },
        },
        "CP1": {
            "type": "OS::Neutron::Port",
            "properties": {"network": "net_mgmt", "port_security_enabled": False},
        },
        "CP2": {
            "type": "OS::Neutron::Port",
            "properties": {
                "network": {"get_resource": "VL1"},
                "fixed_ips": [{"ip_address": "10.99.0.42"}],
            },
        },
        "VDU1": {
            "type": "OS::Nova::Server",
            "properties": {
                "image": {"get_param": "image"},
                "flavor": {"get_resource": "flavor"},
                "networks": [
                    {"port": {"get_resource": "CP1"}},
                    {"port": {"get_resource": "CP2"}},
                ],
                "user_data_format": "RAW",
                "user_data": "#!/bin/sh\necho ready\n",
                "config_drive": False,
            },
        },
        "VDU2": {
            "type": "OS::Nova::Server",
            "properties": {
                "image": {"get_param": "image"},
                "flavor": "m1.tiny",
                "networks": [{"network": "net_mgmt"}],
            },
        },
    },
    "outputs": {
        "mgmt_ip-VDU1": {
            "value": {"get_attr": ["CP1", "fixed_ips", 0, "ip_address"]},
        },
    },
}


def test_resource(**properties):
    return {"type": "OS::Heat::TestResource", "properties": properties}


test_resource.__test__ = False


class StackCase(LabCase):
    def setUp(self):
        super().setUp()
        self.heat = self.heat_of("admin")

    def heat_of(self, user):
        session = ksa_session.Session(v3.Password(**self.server.credentials(user)))
        self.addCleanup(session.session.close)
        return heat_client.Client(
            "1", session=session, service_type="orchestration", region_name="Region1"
        )

    def wait(self, ident, ending=("COMPLETE", "FAILED"), seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            stack = self.heat.stacks.get(ident)
            if stack.stack_status.endswith(ending):
                return stack
            time.sleep(0.02)
        raise AssertionError(f"{ident} is still {stack.stack_status}")

    def wait_gone(self, ident, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not list(self.heat.stacks.list(filters={"id": ident})):
                return
            time.sleep(0.02)
        raise AssertionError(f"{ident} is still there")

    def create(self, name, template, **fields):
        made = self.heat.stacks.create(stack_name=name, template=template, **fields)
        return made["stack"]["id"]

    def template(self, **resources):
        return {"heat_template_version": "2018-08-31", "resources": resources}
