"""Service function chaining in the networking API."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop.faces.openstack import network_views as views
from tacker_lite.pop.faces.openstack.request import Context
from tacker_lite.pop.network import chain_records
from tacker_lite.pop.network.chaining import Chaining


def service(ctx: Context) -> Chaining:
    """The service behind these collections."""
    return ctx.cloud.network.chaining


def _shown(record: Any, *names: str) -> dict[str, Any]:
    item = views.shown(record, *names)
    del item["revision_number"]
    return item


def port_pair(ctx: Context, record: chain_records.PortPair) -> dict[str, Any]:
    """A service function."""
    return {
        **_shown(record, "ingress", "egress"),
        "service_function_parameters": dict(record.parameters),
    }


def port_pair_group(
    ctx: Context, record: chain_records.PortPairGroup
) -> dict[str, Any]:
    """Service functions that share flows."""
    return {
        **_shown(record, "port_pairs", "tap_enabled"),
        "group_id": record.number,
        "port_pair_group_parameters": dict(record.parameters),
    }


def flow_classifier(
    ctx: Context, record: chain_records.FlowClassifier
) -> dict[str, Any]:
    """What packets a chain is for."""
    return {
        **_shown(record, "ethertype", "protocol"),
        **_shown(record, "source_port_range_min", "source_port_range_max"),
        **_shown(record, "destination_port_range_min", "destination_port_range_max"),
        **_shown(record, "source_ip_prefix", "destination_ip_prefix"),
        **_shown(record, "logical_source_port", "logical_destination_port"),
        "l7_parameters": {},
    }


def port_chain(ctx: Context, record: chain_records.PortChain) -> dict[str, Any]:
    """A way through functions."""
    return {
        **_shown(record, "port_pair_groups", "flow_classifiers"),
        "chain_id": record.number,
        "chain_parameters": dict(record.parameters),
    }
