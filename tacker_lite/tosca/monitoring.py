"""Properties of a VDU that say what happens to it once it runs.

Monitoring, monitoring of applications, and the reservation it uses.
"""

from __future__ import annotations

from tacker_lite.tosca.alarm_checks import ACTIONS
from tacker_lite.tosca.model import is_get_input
from tacker_lite.tosca.policies import NO_MONITORING
from tacker_lite.tosca.problems import NODES
from tacker_lite.tosca.survey import VDU, Survey
from tacker_lite.tosca.values import Values

DRIVERS = ("ping", "http_ping", NO_MONITORING)
NUMBERS = ("monitoring_delay", "count", "interval", "timeout", "retry", "port")
EVENTS = ("failure",)
KEYS = ("name", "parameters", "actions")

APP_DRIVERS = ("zabbix",)
APP_KEYS = (
    "name",
    "zabbix_username",
    "zabbix_password",
    "zabbix_server_ip",
    "zabbix_server_port",
    "parameters",
)
APPLICATION_KEYS = (
    "app_name",
    "app_port",
    "ssh_username",
    "ssh_password",
    "app_status",
    "app_memory",
)
OS_KEYS = ("os_agent_info", "os_proc_value", "os_cpu_load", "os_cpu_usage")
ITEM_KEYS = ("condition", "actionname", "cmd-action")
ITEMS = ("app_status", "app_memory", *OS_KEYS)
OPERATORS = ("greater", "less", "and greater", "and less", "down")

RESERVED = ("physical_host", "virtual_instance")


def check(survey: Survey) -> None:
    """Check these properties of every VDU that has no problem yet."""
    told = survey.problems.paths(len(NODES) + 3)
    for name, node in survey.sound(VDU):
        given = node.get("properties") or {}
        path = (*NODES, name, "properties")
        for key, check_one in CHECKS.items():
            value = given.get(key)
            hidden = is_get_input(value)
            if hidden:
                value = survey.value(value)
            if not isinstance(value, dict) or is_get_input(value):
                continue
            if (*path, key) not in told:
                what = f'node "{name}", {key}'
                check_one(Values(survey, value, (*path, key), what, hidden))


def _check_monitoring(policy: Values) -> None:
    policy.keys(KEYS)
    if policy.needs("name"):
        policy.choice("name", DRIVERS)
    parameters = policy.mapping("parameters")
    for key in NUMBERS:
        parameters.number(key, minimum=0, whole=key in ("count", "retry", "port"))
    actions = policy.mapping("actions")
    if parameters.given.get("actions") is not None:
        if actions.given:
            policy.survey.add(
                f"{policy.what}: actions stand twice; leave out those in parameters",
                (*parameters.path, "actions"),
            )
        actions = parameters.mapping("actions")
    actions.keys(EVENTS)
    for event in EVENTS:
        actions.choice(event, ACTIONS)


def _check_app_monitoring(policy: Values) -> None:
    policy.keys(APP_KEYS)
    if policy.needs("name"):
        policy.choice("name", APP_DRIVERS)
    policy.number("zabbix_server_port", minimum=1)
    parameters = policy.mapping("parameters")
    parameters.keys(("application", "OS"))
    for section, keys in (("application", APPLICATION_KEYS), ("OS", OS_KEYS)):
        part = parameters.mapping(section)
        part.keys(keys)
        part.number("app_port", minimum=1)
        for key in ITEMS:
            if isinstance(part.given.get(key), dict):
                _check_item(part.mapping(key))


def _check_item(item: Values) -> None:
    item.keys(ITEM_KEYS)
    condition = item.given.get("condition")
    if condition is None or is_get_input(condition):
        return
    if (
        not isinstance(condition, list)
        or not condition
        or condition[0] not in OPERATORS
    ):
        item.survey.add(
            f"{item.what}: condition must be a list that begins with one of "
            f"{', '.join(OPERATORS)}",
            (*item.path, "condition"),
        )


def _check_reservation(metadata: Values) -> None:
    metadata.choice("resource_type", RESERVED)
    metadata.needs("id")


CHECKS = {
    "monitoring_policy": _check_monitoring,
    "app_monitoring_policy": _check_app_monitoring,
    "reservation_metadata": _check_reservation,
}
