"""Chains of service functions in templates, on the simulated runtime."""

from tacker_lite.tests.unit.pop.stack import labs
from tacker_lite.tests.unit.pop.stack.test_types import StackLab


def _ref(name):
    return {"get_resource": name}


def _of(kind, after=(), **properties):
    body = {"type": f"OS::Neutron::{kind}", "properties": properties}
    return {**body, "depends_on": list(after)} if after else body


def _server(*ports):
    return {
        "type": "OS::Nova::Server",
        "properties": {
            "image": "host",
            "flavor": "m1.tiny",
            "networks": [{"port": _ref(port)} for port in ports],
        },
    }


RESOURCES = {
    "source": _of("Port", network="net_mgmt"),
    **{f"in{n}": _of("Port", network="net_mgmt") for n in (1, 2)},
    **{f"out{n}": _of("Port", network="net_mgmt") for n in (1, 2)},
    **{f"server{n}": _server(f"in{n}", f"out{n}") for n in (1, 2)},
    **{
        f"pair{n}": _of(
            "PortPair",
            after=[f"server{n}"],
            ingress=_ref(f"in{n}"),
            egress=_ref(f"out{n}"),
            service_function_parameters={"weight": n},
        )
        for n in (1, 2)
    },
    **{f"hop{n}": _of("PortPairGroup", port_pairs=[_ref(f"pair{n}")]) for n in (1, 2)},
    "web": _of(
        "FlowClassifier",
        protocol="tcp",
        destination_port_range_min=80,
        destination_port_range_max=80,
        logical_source_port=_ref("source"),
    ),
    "chain": _of(
        "PortChain",
        name="way",
        port_pair_groups=[_ref("hop1"), _ref("hop2")],
        flow_classifiers=[_ref("web")],
    ),
}


class ChainTypesTest(StackLab):
    def paths(self):
        self.cloud.network.chaining.steering.settle()
        return self.lab.runtime.chains.paths["pop1"]

    def test_a_chain_is_made_changed_and_removed(self):
        outputs = {
            "number": {"get_attr": ["chain", "chain_id"]},
            "weight": {"get_attr": ["pair2", "service_function_parameters", "weight"]},
            "group": {"get_attr": ["hop2", "group_id"]},
            "port": {"get_attr": ["web", "destination_port_range_max"]},
        }
        stack = self.make(self.template(outputs, **RESOURCES))
        shown = self.outputs(stack)
        self.assertEqual(
            (1, 2, 80), tuple(shown[n] for n in ("number", "weight", "port"))
        )
        (path,) = self.paths()
        self.assertEqual([1, 2], [hop[0].weight for hop in path.hops])
        self.assertEqual((80, 80), path.first.destination_ports)
        chain = _of(
            "PortChain",
            name="way",
            port_pair_groups=[_ref("hop2")],
            flow_classifiers=[_ref("web")],
        )
        before = self.cloud.network.chaining.list_port_chains(None)
        self.change(stack, self.template(**{**RESOURCES, "chain": chain}))
        after = self.cloud.network.chaining.list_port_chains(None)
        self.assertEqual([row.id for row in before], [row.id for row in after])
        (path,) = self.paths()
        self.assertEqual([2], [hop[0].weight for hop in path.hops])
        self.stacks.delete(stack)
        labs.settled(self.cloud)
        self.assertEqual((), self.paths())
        self.assertEqual([], self.cloud.network.chaining.list_port_pairs(None))
