"""heat-translator, used for its node translation alone.

Its text output damages quotes and line ends and its ``translate`` writes files into
the working directory, so only the resource objects are taken from it.

Importing this module imports the library, which is slow: ``hot`` does so when the
first template is rendered.
"""

from __future__ import annotations

from typing import Any

from toscaparser.functions import Function
from translator.hot.syntax.hot_template import HotTemplate
from translator.hot.translate_node_templates import TranslateNodeTemplates

from tacker_lite import exceptions
from tacker_lite.vim.openstack import parameters

LIBRARY_ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def resources(source: Any) -> dict[str, dict[str, Any]]:
    """HOT resources by name, as plain values with ``get_param`` in place.

    :param source: the parser's template; its lock must be held.
    :raises InvalidTemplate: when the library cannot translate it.
    """
    for node in source.nodetemplates:
        for prop in node.get_properties_objects():
            # The translator compares orders, so it needs the number.
            if prop.name == "order" and isinstance(prop.value, Function):
                prop.value = prop.value.result() or 0
    try:
        found = TranslateNodeTemplates(source, HotTemplate()).translate()
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
