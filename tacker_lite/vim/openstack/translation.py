"""heat-translator, used for its node translation alone.

Its text output damages quotes and line ends and its ``translate`` writes files into
the working directory, so only the resource objects are taken from it.

Importing this module imports the library, which is slow: ``hot`` does so when the
first template is rendered.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca.model import VnfTemplate
from tacker_lite.vim.openstack import parameters

# These two look for a flavor and an image in a cloud named by the environment.  We
# never let it come to that, and leaving them out saves their OpenStack clients: most
# of a second and 24 MB.
for _name in ("translator.common.flavors", "translator.common.images"):
    sys.modules.setdefault(_name, types.ModuleType(_name))

from translator.hot.tosca.tosca_compute import ToscaCompute  # noqa: E402
from translator.hot.tosca.tosca_network_network import ToscaNetwork  # noqa: E402
from translator.hot.tosca.tosca_network_port import ToscaNetworkPort  # noqa: E402

LIBRARY_ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def resources(template: VnfTemplate) -> dict[str, dict[str, Any]]:
    """Servers, ports, networks and subnets by name, with ``get_param`` in place.

    What they depend on, and which ports a server has, is left to others.  The lock of
    the template's source must be held.

    :raises InvalidTemplate: when the library cannot translate it.
    """
    try:
        found = _translated(template)
    except LIBRARY_ERRORS as error:
        text = " ".join(str(error).split()).replace("%", "(percent)")
        raise exceptions.InvalidTemplate(
            f"the descriptor cannot be translated: {text}",
            public_type="HeatTranslatorFailed",
        ) from error
    return {
        resource.name: {
            "type": resource.type,
            "properties": parameters.references(resource.properties),
        }
        for resource in found
        if not resource.hide_resource
    }


def _translated(template: VnfTemplate) -> list[Any]:
    """The library's resources, one for each node in the order written, then subnets."""
    vdus = {vdu.name for vdu in template.vdus}
    links = {link.name for link in template.virtual_links}
    points = {point.name: point for point in template.connection_points}
    found: dict[str, Any] = {}
    for node in template.source.nodetemplates:
        if node.name in vdus:
            found[node.name] = ToscaCompute(node)
        elif node.name in links:
            found[node.name] = ToscaNetwork(node)
        elif node.name in points:
            found[node.name] = ToscaNetworkPort(node)
    for name, point in points.items():
        # A port asks these for its network.
        network = found[str(point.virtual_link)]
        found[name].depends_on = [network]
        found[name].depends_on_nodes = [network]
    for resource in found.values():
        resource.handle_properties()
    subnets = [
        subnet
        for name, resource in found.items()
        if name in links
        for subnet in resource.handle_expansion() or ()
    ]
    return [*found.values(), *subnets]
