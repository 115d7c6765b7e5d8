"""Heat's own template parser, for an interpreter that has Heat; asks no cloud.

A process of its own: for each line of JSON with ``text``, ``files`` and
``parameters`` it prints one with what Heat says against that template, or ``""``.
Heat checks sections, functions, references, resource types and the names of their
properties; values are left to the cloud.
"""

import json
import logging
import sys

from heat.common import context, exception, template_format
from heat.engine import environment, resource, resources, stack, template
from oslo_config import cfg


class NoCloud(resource.Resource):
    """What Heat asks the cloud before it looks at a resource."""

    @classmethod
    def is_service_available(cls, context):
        return True, None


def main():
    logging.disable(logging.CRITICAL)
    answers, sys.stdout = sys.stdout, sys.stderr  # Heat prints to the latter only
    cfg.CONF([], project="heat", default_config_files=[])
    resources.initialise()
    resource.Resource.is_service_available = NoCloud.is_service_available
    answers.write('"ready"\n')
    answers.flush()
    for line in sys.stdin:
        answers.write(json.dumps(_refusal(json.loads(line))) + "\n")
        answers.flush()


def _refusal(hot):
    try:
        _validate(hot["text"], hot["files"], hot["parameters"])
        for name, text in hot["files"].items():
            if name.endswith(".yaml"):
                _validate(text, hot["files"], {})
                _check_nested(name, hot)
    except exception.HeatException as error:
        return str(error)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _validate(text, files, parameters):
    parsed = template_format.parse(text)
    found = template.Template(
        parsed,
        files=files,
        env=environment.Environment({"parameters": parameters}),
    )
    asking = context.RequestContext(
        project_id="p", user_id="u", is_admin=False, overwrite=False
    )
    stack.Stack(asking, "any", found, strict_validate=False).validate(
        validate_res_tmpl_only=True
    )


def _check_nested(name, hot):
    """Who uses a nested template must give all it needs and nothing else."""
    parameters = template_format.parse(hot["files"][name]).get("parameters") or {}
    for each in template_format.parse(hot["text"])["resources"].values():
        unit = (each.get("properties") or {}).get("resource") or {}
        if unit.get("type") == name:
            given = set(unit.get("properties") or {})
            needed = {key for key, one in parameters.items() if "default" not in one}
            if given - set(parameters):
                raise ValueError(f"{name} has no {given - set(parameters)}")
            if needed - given:
                raise ValueError(f"{name} needs {needed - given}")


if __name__ == "__main__":
    main()
