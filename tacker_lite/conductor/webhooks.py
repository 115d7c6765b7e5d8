"""The URLs that the alarms of a VNF call, and the actions that are part of them.

::

    http://HOST:9890/v1.0/vnfs/VNF-ID/TRIGGER/ACTION%25ACTION/KEY

Whoever knows the key may cause these actions: the URL is a secret of the VNF's
project and of its VIM.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from oslo_config import cfg
from oslo_utils import netutils, strutils

from tacker_lite import exceptions
from tacker_lite.conductor import attributes, scaling
from tacker_lite.tosca.model import (
    AlarmingPolicy,
    ReservationPolicy,
    ScalingPolicy,
    VnfTemplate,
)

KEY_LENGTH = 8
KEY_LETTERS = string.ascii_lowercase + string.digits

ABOVE = ("gt", "ge")
"""Comparison operators of alarms that ask for more copies."""

START = "start_actions"
BEFORE_END = "before_end_actions"
END = "end_actions"
MAINTENANCE = "maintenance"

DOT_SEGMENTS = (".", "..")
"""What clients take out of a URL's path before they send it."""

Trigger = tuple[str, tuple[str, ...]]


def make(
    conf: cfg.ConfigOpts, vnf_id: str, project_id: str, template: VnfTemplate
) -> dict[str, str]:
    """New URLs for the triggers of a VNF that is to be created, by trigger name.

    :raises InvalidTemplate: for a trigger that is called like an attribute of VNFs,
        or as no part of a URL can be.
    """
    options = conf.alarm
    host = netutils.escape_ipv6(str(options.host))
    base = f"{options.scheme}://{host}:{options.port}/v1.0/vnfs/{vnf_id}"
    made = {}
    for name, actions in triggers(template, project_id):
        if not actions:
            continue
        if name in DOT_SEGMENTS:
            raise exceptions.InvalidTemplate(
                f'there cannot be a trigger called "{name}": no URL can have it as a '
                "part; choose another name"
            )
        if name in attributes.WRITTEN or name in attributes.OBJECTS or name in made:
            raise exceptions.InvalidTemplate(
                f'there cannot be a trigger called "{name}": a VNF has another '
                "attribute of this name; choose another name"
            )
        # An encoded percent sign: as it is, one is no part of a URL.
        joined = "%25".join(quote(action, safe="") for action in actions)
        made[name] = f"{base}/{quote(name, safe='')}/{joined}/{new_key()}"
    return made


def new_key() -> str:
    """A key that nobody can guess in the time that a VNF lives."""
    return "".join(secrets.choice(KEY_LETTERS) for _ in range(KEY_LENGTH))


def triggers(template: VnfTemplate, project_id: str) -> Iterator[Trigger]:
    """Name and actions of everything that calls us about a VNF."""
    scaled = {policy.name for policy in template.policies_of(ScalingPolicy)}
    for alarming in template.policies_of(AlarmingPolicy):
        for trigger in alarming.triggers:
            above = trigger.condition.get("comparison_operator") in ABOVE
            way = scaling.OUT if above else scaling.IN
            yield trigger.name, directed(trigger.actions, scaled, way)
    for lease in template.policies_of(ReservationPolicy):
        yield START, directed(lease.start_actions, scaled, scaling.OUT)
        yield BEFORE_END, directed(lease.before_end_actions, scaled, scaling.IN)
        yield END, directed(lease.end_actions, scaled, scaling.IN)
    if is_maintained(template):
        yield MAINTENANCE, (project_id,)


def directed(actions: Iterable[str], scaled: set[str], way: str) -> tuple[str, ...]:
    """The actions with the direction added to names of scaling policies."""
    return tuple(f"{name}-{way}" if name in scaled else name for name in actions)


def is_maintained(template: VnfTemplate) -> bool:
    """Whether a VDU is to be told of the maintenance of its host."""
    return any(
        strutils.bool_from_string(template.resolve(vdu.properties.get("maintenance")))
        for vdu in template.vdus
    )
