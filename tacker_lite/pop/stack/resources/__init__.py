"""The resource types that templates may use: one class each, listed here."""

from __future__ import annotations

from tacker_lite.pop.stack.resources import (
    compute,
    heat,
    image,
    network,
    port,
    security_group,
)
from tacker_lite.pop.stack.resources.base import ResourceType

TYPES: dict[str, ResourceType] = {
    kind.TYPE: kind()
    for kind in (
        compute.Flavor,
        compute.Server,
        heat.TestResource,
        heat.Value,
        image.WebImage,
        network.Net,
        port.Port,
        security_group.SecurityGroup,
        network.Subnet,
    )
}
