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

from translator.hot.syntax.hot_template import HotTemplate  # noqa: E402
from translator.hot.translate_node_templates import (  # noqa: E402
    TranslateNodeTemplates,
)

LIBRARY_ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def resources(template: VnfTemplate) -> dict[str, dict[str, Any]]:
    """HOT resources by name, as plain values with ``get_param`` in place.

    The lock of the template's source must be held.

    :raises InvalidTemplate: when the library cannot translate it.
    """
    source = template.source
    for node in source.nodetemplates:
        for prop in node.get_properties_objects():
            # The translator compares orders, so it needs the number.
            if prop.name == "order":
                prop.value = template.resolve(prop.value)
    try:
        found = TranslateNodeTemplates(source, HotTemplate()).translate()
    except LIBRARY_ERRORS as error:
        text = " ".join(str(error).split()).replace("%", "(percent)")
        raise exceptions.InvalidTemplate(
            f"the descriptor cannot be translated: {text}",
            public_type="HeatTranslatorFailed",
        ) from error
    return {
        resource.name: _plain(resource)
        for resource in found
        if not resource.hide_resource
    }


def _plain(resource: Any) -> dict[str, Any]:
    result = {
        "type": resource.type,
        "properties": parameters.references(resource.properties),
    }
    needed = [each.name for each in resource.depends_on if not each.hide_resource]
    if needed:
        result["depends_on"] = needed
    return result
