"""Reading the body of a server's creation: pure checks, nothing is looked up."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from tacker_lite.pop import attributes
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.compute.server_group import Hints
from tacker_lite.pop.errors import BadRequest
from tacker_lite.pop.network import addressing

_KEYS = (
    *("name", "imageRef", "flavorRef", "networks", "user_data", "metadata"),
    *("key_name", "availability_zone", "config_drive", "security_groups"),
    *("min_count", "max_count", "block_device_mapping_v2", "description", "tags"),
    *("OS-DCF:diskConfig", "return_reservation_id", "hostname", "project_id"),
    *("tenant_id", "os:scheduler_hints", "adminPass", "accessIPv4", "accessIPv6"),
)
_USER_DATA_LIMIT = 65535


@dataclass(frozen=True)
class NetworkRequest:
    """One entry of ``networks``: an existing port, or a network to make one on."""

    port_id: str = ""
    network_id: str = ""
    fixed_ip: str = ""


@dataclass(frozen=True)
class ServerRequest:
    """A checked body.

    :ivar networks: None when the service is to choose.
    :ivar security_groups: names or ids; None for the default one.
    :ivar fewest: number of servers that will do; ``most`` that are wanted.
    """

    name: str
    flavor_id: str
    image_id: str
    networks: tuple[NetworkRequest, ...] | None
    user_data: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    key_name: str | None = None
    availability_zone: str = ""
    config_drive: bool = False
    security_groups: tuple[str, ...] | None = None
    fewest: int = 1
    most: int = 1
    description: str | None = None
    tags: tuple[str, ...] = ()
    hints: Hints = Hints()


def read(attrs: Attrs) -> ServerRequest:
    """The request that a body makes.

    :raises BadRequest: naming the key that is wrong.
    """
    attributes.refuse_unknown(attrs, _KEYS)
    low = attributes.integer(attrs, "min_count", 1, 1, 1000)
    high = attributes.integer(attrs, "max_count", low, 1, 1000)
    if low > high:
        raise BadRequest("min_count must be <= max_count")
    networks = _networks(attrs)
    if high > 1 and any(item.fixed_ip or item.port_id for item in networks or ()):
        raise BadRequest("A fixed address or a port can be used by one server only")
    return ServerRequest(
        name=attributes.required_text(attrs, "name"),
        flavor_id=_last_part(attributes.required_text(attrs, "flavorRef")),
        image_id=_image_id(attrs),
        networks=networks,
        user_data=user_data(attrs),
        metadata=attributes.text_mapping(attrs, "metadata"),
        key_name=attributes.text(attrs, "key_name", None),
        availability_zone=attributes.text(attrs, "availability_zone", ""),
        config_drive=attributes.flag(attrs, "config_drive", False),
        security_groups=_security_groups(attrs),
        fewest=low,
        most=high,
        description=attributes.text(attrs, "description", None),
        tags=tuple(attributes.texts(attrs, "tags")),
        hints=_hints(attrs),
    )


def _hints(attrs: Attrs) -> Hints:
    """Of what may be said there only the group counts; the rest is let through."""
    given = attrs.get("os:scheduler_hints") or {}
    if not isinstance(given, dict):
        raise invalid("os:scheduler_hints", "must be an object")
    zone = attributes.text(attrs, "availability_zone")
    return Hints(group=attributes.text(given, "group"), zone=zone)


def _last_part(reference: str) -> str:
    """A reference may be an id or a URL that ends in one."""
    return reference.rstrip("/").rpartition("/")[2]


def _image_id(attrs: Attrs) -> str:
    for device in attributes.objects(attrs, "block_device_mapping_v2"):
        boot_index = str(device.get("boot_index", 0))
        source = device.get("source_type")
        if source == "image" and boot_index == "0":
            if device.get("destination_type", "local") != "local":
                raise invalid(
                    "block_device_mapping_v2", "servers boot from images, not volumes"
                )
            return attributes.required_text(device, "uuid")
        if source != "blank":
            raise invalid(
                "block_device_mapping_v2",
                f"source_type '{source}' is not offered; boot an image",
            )
    reference = attributes.text(attrs, "imageRef")
    if not reference:
        raise BadRequest("Missing imageRef attribute")
    return _last_part(reference)


def _networks(attrs: Attrs) -> tuple[NetworkRequest, ...] | None:
    asked: Any = attrs.get("networks")
    if asked is None or asked == "auto":
        return None
    if asked == "none":
        return ()
    result = []
    for entry in attributes.objects(attrs, "networks"):
        unknown = set(entry) - {"uuid", "port", "fixed_ip", "tag"}
        if unknown:
            raise invalid("networks", f"unknown key {', '.join(sorted(unknown))}")
        item = NetworkRequest(
            port_id=attributes.text(entry, "port"),
            network_id=attributes.text(entry, "uuid"),
            fixed_ip=attributes.text(entry, "fixed_ip"),
        )
        if not item.port_id and not item.network_id:
            raise invalid("networks", "each needs uuid or port")
        if item.fixed_ip:
            addressing.address("networks.fixed_ip", item.fixed_ip)
        result.append(item)
    ports = [item.port_id for item in result if item.port_id]
    if len(set(ports)) != len(ports):
        raise invalid("networks", "a port is given twice")
    return tuple(result) or None


def user_data(attrs: Attrs) -> str:
    """A start script in base64, as the record keeps it.

    :raises BadRequest: when it is not base64, or longer than 65535 characters.
    """
    value = str(attributes.text(attrs, "user_data", "", _USER_DATA_LIMIT))
    try:
        base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise invalid("user_data", "must be base64") from None
    return value


def _security_groups(attrs: Attrs) -> tuple[str, ...] | None:
    if attrs.get("security_groups") is None:
        return None
    groups = attributes.objects(attrs, "security_groups")
    return tuple(attributes.required_text(group, "name") for group in groups)
