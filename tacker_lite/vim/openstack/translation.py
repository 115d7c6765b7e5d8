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

from translator.hot.syntax.hot_resource import HotResource  # noqa: E402
from translator.hot.syntax.hot_template import HotTemplate  # noqa: E402
from translator.hot.translate_node_templates import (  # noqa: E402
    TranslateNodeTemplates,
)

LIBRARY_ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class _Lookup(dict):
    """Resources by node; a node that we translate ourselves leads to a hidden one."""

    def __missing__(self, node: Any) -> HotResource:
        resource = HotResource(node)
        resource.hide_resource = True
        self[node] = resource
        return resource


class _Translator(TranslateNodeTemplates):
    """The library's translation of some of the nodes."""

    def __init__(self, source: Any, names: set[str]):
        super().__init__(source, HotTemplate())
        self.nodetemplates = [
            node for node in source.nodetemplates if node.name in names
        ]
        self.hot_lookup = _Lookup()


def resources(template: VnfTemplate) -> dict[str, dict[str, Any]]:
    """Servers, ports, networks and subnets by name, with ``get_param`` in place.

    What they depend on is left to others.  The lock of the template's source must be
    held.

    :raises InvalidTemplate: when the library cannot translate it.
    """
    source = template.source
    names = {
        node.name
        for nodes in (template.vdus, template.connection_points, template.virtual_links)
        for node in nodes
    }
    for node in source.nodetemplates:
        for prop in node.get_properties_objects():
            # The translator compares orders, so it needs the number.
            if prop.name == "order":
                prop.value = template.resolve(prop.value)
    try:
        found = _Translator(source, names).translate()
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
