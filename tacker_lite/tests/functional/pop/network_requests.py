"""Requests to the networking API, each with what Neutron answers."""

from typing import NamedTuple


class Mistake(NamedTuple):
    """A request, and the status and type of its refusal."""

    method: str
    path: str
    body: dict
    status: int
    type: str | None = None
    user: str = "member"


def post(path, noun, status, kind=None, user="member", **attrs):
    return Mistake("POST", path, {noun: attrs}, status, kind, user)


def put(path, noun, status, kind=None, user="member", **attrs):
    return Mistake("PUT", path, {noun: attrs}, status, kind, user)


def network(status, kind=None, user="member", **attrs):
    return post("networks", "network", status, kind, user, **attrs)


def subnet(status, kind=None, **attrs):
    body = {"network_id": "{net}", "ip_version": 4, "cidr": "10.98.0.0/24"}
    return post("subnets", "subnet", status, kind, **{**body, **attrs})


def port(status, kind=None, user="member", **attrs):
    body = {"network_id": "{net}"}
    return post("ports", "port", status, kind, user, **{**body, **attrs})


def rule(status, kind=None, **attrs):
    body = {"security_group_id": "{group}", "direction": "ingress"}
    path, noun = "security-group-rules", "security_group_rule"
    return post(path, noun, status, kind, **{**body, **attrs})


def pair(status, kind=None, **attrs):
    body = {"ingress": "{port}", "egress": "{port2}"}
    return post("sfc/port_pairs", "port_pair", status, kind, **{**body, **attrs})


def group(status, kind=None, **attrs):
    return post("sfc/port_pair_groups", "port_pair_group", status, kind, **attrs)


def classifier(status, kind=None, **attrs):
    return post("sfc/flow_classifiers", "flow_classifier", status, kind, **attrs)


def chain(status, kind=None, **attrs):
    body = {"port_pair_groups": ["{pairs2}"]}
    return post("sfc/port_chains", "port_chain", status, kind, **{**body, **attrs})


def _bodiless(method):
    def mistake(path, status, kind=None, user="member"):
        return Mistake(method, path, None, status, kind, user)

    return mistake


delete, get = _bodiless("DELETE"), _bodiless("GET")
