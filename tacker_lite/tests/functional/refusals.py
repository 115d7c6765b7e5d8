"""Requests that a conductor refuses, to be sent to services of several kinds."""

from __future__ import annotations

import re

from tacker_lite.tests.functional.split import Caller

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def refusals(caller: Caller):
    """Requests that a conductor refuses, by what is wrong with them."""
    taken = caller.vnfs()["taken"]["id"]
    (vim,) = caller.client.vims.list()
    hello = {"vnfd_id": "hello-world"}
    unsupported = {
        "tosca_definitions_version": "tosca_simple_profile_for_nfv_1_0_0",
        "topology_template": {
            "node_templates": {"storage": {"type": "tosca.nodes.BlockStorage"}}
        },
    }
    cred = {"username": "admin", "user_domain_name": "Default"}

    def vnf(**body):
        return "POST", "vnfs", {"vnf": {"name": "refused", **body}}

    def new_vim(**changes):
        return "POST", "vims", {"vim": caller.vim(name="refused", **changes)}

    def change(**attributes):
        return "PUT", f"vnfs/{taken}", {"vnf": {"attributes": attributes}}

    yield "doubled name", vnf(**{**hello, "name": "taken"})
    yield "unknown region", vnf(**hello, placement_attr={"region_name": "nowhere"})
    yield "missing input", vnf(vnfd_id="inputs")
    yield (
        "wrong input",
        vnf(
            vnfd_id="inputs",
            attributes={"param_values": {"server_name": "x", "cpus": 99}},
        ),
    )
    yield "unknown node type", vnf(vnfd_template=unsupported)
    yield "no descriptor at all", vnf(vnfd_template={"a": "100%"})
    yield "unknown input in an update", change(param_values={"colour": "red"})
    yield "unknown VNF to change", ("PUT", f"vnfs/{vim['id']}", {"vnf": {}})
    yield "unknown VIM to remove", ("DELETE", f"vims/{taken}", None)
    yield "VIM in use", ("DELETE", f"vims/{vim['id']}", None)
    yield "second default VIM", new_vim(is_default=True)
    yield "doubled VIM", ("POST", "vims", {"vim": caller.vim(name="pop1")})
    yield "unknown VIM type", new_vim(type="abacus")
    yield "wrong password", new_vim(auth_cred={**cred, "password": "wrong"})
    port = caller.deployment.url.rsplit(":", 1)[1]
    nobody = f"http://127.0.0.1:{port}/nobody"
    yield "no identity service", new_vim(auth_url=nobody)


def refusal(caller: Caller, method: str, path: str, body) -> dict:
    """Status and error body of a refused request, without what is unique to it."""
    answer = caller.send(method, path, body)
    fault = answer.json()["TackerError"] if answer.content else {}
    fault.pop("request_id", None)
    words = str(fault.get("message", ""))
    for unique in (caller.deployment.lab_url, caller.deployment.url):
        words = words.replace(unique, "<url>")
    return {
        **fault,
        "message": UUID.sub("<id>", words),
        "status": answer.status_code,
        "type of content": answer.headers.get("Content-Type"),
    }
