"""A one-PoP lab on the simulated runtime, for tests of stacks without HTTP."""

import copy
import time

from tacker_lite.pop import topology
from tacker_lite.pop.cloud import Lab
from tacker_lite.pop.runtime.simulated import SimulatedRuntime
from tacker_lite.pop.stack.lookup import Owner
from tacker_lite.pop.stack.requests import read_request
from tacker_lite.pop.store import Store

POP = topology.Pop(
    name="pop1",
    region="Region1",
    capacity=topology.Capacity(vcpus=1000, ram_mib=1000000, disk_gib=10000),
    flavors=topology.DEFAULT_FLAVORS,
    images=topology.DEFAULT_IMAGES,
    networks=(topology.NetworkEntry("net_mgmt", "10.1.0.0/24", "10.1.0.1"),),
    projects=topology.DEFAULT_PROJECTS,
    users=(topology.UserEntry("admin", "admin", ("admin",), "a test's password"),),
)

TWO_SERVERS = {
    "heat_template_version": "2018-08-31",
    "resources": {
        "inner": {"type": "OS::Neutron::Net"},
        "inner_subnet": {
            "type": "OS::Neutron::Subnet",
            "properties": {"network": {"get_resource": "inner"}, "cidr": "10.9.0.0/24"},
        },
        "port": {
            "type": "OS::Neutron::Port",
            "properties": {"network": {"get_resource": "inner"}},
        },
        "size": {"type": "OS::Nova::Flavor", "properties": {"ram": 64, "vcpus": 1}},
        "one": {
            "type": "OS::Nova::Server",
            "properties": {
                "image": "host",
                "flavor": {"get_resource": "size"},
                "networks": [{"port": {"get_resource": "port"}}],
            },
        },
        "two": {
            "type": "OS::Nova::Server",
            "properties": {
                "image": "host",
                "flavor": "m1.tiny",
                "flavor_update_policy": "REPLACE",
                "networks": [{"network": "net_mgmt"}],
            },
        },
    },
}


#: One server replaced, a port changed in place, one network more.
BIGGER = copy.deepcopy(TWO_SERVERS)
BIGGER["resources"]["two"]["properties"]["flavor"] = "m1.small"
BIGGER["resources"]["port"]["properties"]["name"] = "renamed"
BIGGER["resources"]["outer"] = {"type": "OS::Neutron::Net"}


_UNIT = """
heat_template_version: 2018-08-31
resources:
  port: {type: OS::Neutron::Port, properties: {network: net_mgmt}}
  server:
    type: OS::Nova::Server
    properties:
      image: host
      flavor: m1.tiny
      networks: [{port: {get_resource: port}}]
"""
SCALED_FILES = {"unit.yaml": _UNIT}


def scaled(size):
    """A group of units, each a server with a port."""
    group = {
        "type": "OS::Heat::AutoScalingGroup",
        "properties": {
            "min_size": 0,
            "max_size": 5,
            "desired_capacity": size,
            "resource": {"type": "unit.yaml"},
        },
    }
    policy = {
        "type": "OS::Heat::ScalingPolicy",
        "properties": {
            "auto_scaling_group_id": {"get_resource": "group"},
            "adjustment_type": "exact_capacity",
            "scaling_adjustment": 3,
        },
    }
    return {
        "heat_template_version": "2018-08-31",
        "resources": {"group": group, "policy": policy},
        "outputs": {"size": {"value": {"get_attr": ["group", "current_size"]}}},
    }


def rolling(value):
    """Three networks of a name, renamed one by one while two stay as they are."""
    group = {
        "type": "OS::Heat::AutoScalingGroup",
        "properties": {
            "min_size": 3,
            "max_size": 3,
            "rolling_updates": {"min_in_service": 3},
            "resource": {"type": "OS::Neutron::Net", "properties": {"name": value}},
        },
    }
    return {
        "heat_template_version": "2018-08-31",
        "resources": {"group": group},
        "outputs": {
            "names": {"value": {"get_attr": ["group", "outputs_list", "name"]}}
        },
    }


def open_lab(directory, store_class=Store):
    """A lab whose memory is in a directory; the caller closes it."""
    lab = Lab(
        topology.Topology("stacktest", (POP,)),
        SimulatedRuntime("stacktest", str(directory)),
        store_class(f"{directory}/lab.sqlite"),
        "http://127.0.0.1:1",
    )
    lab.open()
    return lab


def owner_in(cloud):
    project = cloud.identity.project_named("admin")
    return Owner(getattr(project, "id", project), "a-user", True)


def begin(cloud, name, template, **fields):
    request = read_request({"stack_name": name, "template": template, **fields})
    return cloud.stacks.create(owner_in(cloud), request)


def change(cloud, stack, template, **fields):
    request = read_request({"template": template, **fields})
    return cloud.stacks.update(owner_in(cloud), stack, request, existing=False)


def settled(cloud, seconds=20):
    """All stacks, once none is busy."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        # A failed update and the start of its rollback are one step.
        with cloud.lock:
            stacks = cloud.stacks.list_stacks(None, nested=True)
        if not any(stack.busy for stack in stacks):
            return [stack for stack in stacks if not stack.outer_id]
        time.sleep(0.005)
    raise AssertionError([(s.name, s.state) for s in cloud.stacks.list_stacks(None)])


def census(cloud):
    """How many of everything there are beside the external network and its router."""
    network = cloud.network
    outside = {row.id for row in network.list_networks(None) if row.external}
    ports = network.list_ports(None)
    return {
        "servers": len(cloud.compute.list_servers(None)),
        "flavors": len(cloud.compute.list_flavors(None)),
        "networks": len(network.list_networks(None)) - len(outside),
        "subnets": sum(
            row.network_id not in outside for row in network.list_subnets(None)
        ),
        "ports": sum(not row.device_owner.startswith("network:") for row in ports),
    }
