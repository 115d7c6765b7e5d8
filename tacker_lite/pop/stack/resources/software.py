"""Software on servers: OS::Heat::SoftwareConfig and its deployments.

On the namespace runtime a script really runs inside the server; the simulated runtime
calls it successful and says in its output that nothing was run.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from tacker_lite.pop.records import new_id
from tacker_lite.pop.runtime.scripts import ScriptResult, ScriptSpec
from tacker_lite.pop.stack.errors import ResourceFailure
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Definition, Resource
from tacker_lite.pop.stack.resources.base import Made, ResourceType, Site
from tacker_lite.pop.stack.resources.batches import BATCH_CREATE, ROLLING
from tacker_lite.pop.stack.resources.nested import Group, group_template
from tacker_lite.pop.stack.snippets import as_text

#: Seconds between two looks at a script that runs.
_PAUSE = 0.1
#: What runs the file of each group of configurations; ``script`` files run themselves.
PROGRAMS: dict[str, tuple[str, ...]] = {
    "script": (),
    "ansible": ("ansible-playbook", "-i", "localhost,", "-c", "local"),
    "puppet": ("puppet", "apply", "--detailed-exitcodes"),
}
_VALUE_TYPES = ("String", "Number", "CommaDelimitedList", "Json", "Boolean")
_ACTIONS = ("CREATE", "UPDATE", "DELETE", "SUSPEND", "RESUME")
_TRANSPORTS = (
    *("CFN_SIGNAL", "TEMP_URL_SIGNAL", "HEAT_SIGNAL", "NO_SIGNAL", "ZAQAR_SIGNAL"),
    *("DEFAULT", "AUTO"),
)


class SoftwareConfig(ResourceType):
    """A script and what goes into and out of it."""

    TYPE = "OS::Heat::SoftwareConfig"
    PROPERTIES: ClassVar[Schema] = {
        "group": Property(default="Heat::Ungrouped"),
        "config": Property(default=""),
        "options": Property("map"),
        "inputs": Property(
            "list",
            default=[],
            items=Property(
                "map",
                fields={
                    "name": Property(required=True),
                    "description": Property(default=""),
                    "type": Property(default="String", allowed=_VALUE_TYPES),
                    "default": Property("any"),
                    "replace_on_change": Property("boolean", default=False),
                },
            ),
        ),
        "outputs": Property(
            "list",
            default=[],
            items=Property(
                "map",
                fields={
                    "name": Property(required=True),
                    "description": Property(default=""),
                    "type": Property(default="String", allowed=_VALUE_TYPES),
                    "error_output": Property("boolean", default=False),
                },
            ),
        ),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {"config": "The script."}

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        return Made(new_id())

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        shown = {"id": resource.physical_id, **resource.properties}
        return shown if name == "show" else shown["config"]


_DEPLOYED: Schema = {
    "config": Property(required=True, update=True),
    "input_values": Property("map", default={}, update=True),
    "actions": Property(
        "list", items=Property(allowed=_ACTIONS), default=["CREATE", "UPDATE"]
    ),
    "name": Property(update=True),
    "signal_transport": Property(default="DEFAULT", allowed=_TRANSPORTS),
}


class SoftwareDeployment(ResourceType):
    """A configuration carried out on a server."""

    TYPE = "OS::Heat::SoftwareDeployment"
    ANY_ATTRIBUTE: ClassVar[bool] = True
    PROPERTIES: ClassVar[Schema] = {
        **_DEPLOYED,
        "server": Property(required=True, custom="nova.server"),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "deploy_stdout": "What the script printed.",
        "deploy_stderr": "What it printed to standard error.",
        "deploy_status_code": "Its exit status.",
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        self._config(site, properties)
        return Made(new_id(), {"run": new_id(), "action": "CREATE"})

    def _config(self, site: Site, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """The configuration deployed.

        :raises ResourceFailure: there is none, or its group cannot be served.
        """
        ident = properties["config"]
        config = site.cloud.stacks.made(SoftwareConfig.TYPE, ident)
        if config is None:
            raise ResourceFailure(f"The software config ({ident}) could not be found")
        group = config.properties["group"]
        if group not in PROGRAMS and not site.cloud.runtime.simulated:
            raise ResourceFailure(
                f"A config of group {group} cannot be run in the lab's servers; "
                f"{', '.join(PROGRAMS)} can"
            )
        program = PROGRAMS.get(group, ())
        if program and site.cloud.runtime.scripts.missing(program[0]):
            raise ResourceFailure(
                f"A config of group {group} needs the command {program[0]}, which "
                f"the lab's servers have once it is installed on the lab's machine"
            )
        return config.properties

    def _run(self, site: Site, resource: Resource) -> ScriptResult | None:
        config = self._config(site, resource.properties)
        inputs = self._inputs(site, resource, config)
        program = PROGRAMS.get(config["group"], ())
        if config["group"] == "ansible":
            program = (*program, "--extra-vars", json.dumps(inputs))
        spec = ScriptSpec(
            id=resource.data["run"],
            server_id=resource.properties["server"],
            text=config["config"],
            program=program,
            environment=inputs,
            outputs=tuple(output["name"] for output in config["outputs"]),
        )
        return site.cloud.runtime.scripts.run(spec)

    def _inputs(
        self, site: Site, resource: Resource, config: Mapping[str, Any]
    ) -> dict[str, str]:
        """Inputs of the script: texts, of lists and maps JSON."""
        given: dict[str, Any] = {
            "deploy_server_id": resource.properties["server"],
            "deploy_action": resource.data["action"],
            "deploy_stack_id": site.stack_id,
            "deploy_resource_name": site.name,
            **{entry["name"]: entry.get("default") for entry in config["inputs"]},
            **resource.properties["input_values"],
        }
        for name in given:
            if not name or "=" in name or "\0" in name:
                raise ResourceFailure(f"The input {name!r} cannot be a variable's name")
        return {k: as_text(v).replace("\0", "") for k, v in given.items()}

    def progress(self, site: Site, resource: Resource) -> float | None:
        if resource.data["action"] not in resource.properties["actions"]:
            return None
        result = self._run(site, resource)
        if resource.properties["signal_transport"] == "NO_SIGNAL":
            return None
        if result is None:
            return _PAUSE
        self._judge(site, resource, result)
        return None

    def _judge(self, site: Site, resource: Resource, result: ScriptResult) -> None:
        """:raises ResourceFailure: the script ended badly."""
        config = self._config(site, resource.properties)
        # With these exit codes 2 means that something was changed.
        good = (0, 2) if config["group"] == "puppet" else (0,)
        if result.status not in good:
            raise ResourceFailure(
                f"deploy_status_code: Deployment exited with non-zero status code: "
                f"{result.status}; deploy_stderr has what the script said"
            )
        for output in config["outputs"]:
            if output["error_output"] and result.outputs.get(output["name"]):
                raise ResourceFailure(f"{output['name']}: the script reports an error")

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        self._config(site, properties)
        if not changed and resource.state == "UPDATE_IN_PROGRESS":
            # A killed lab goes on with the run that it began.
            return resource.data
        return {"run": new_id(), "action": "UPDATE"}

    def gone(self, site: Site, resource: Resource) -> float | None:
        if "DELETE" not in resource.properties["actions"]:
            return None
        last = {"run": f"{resource.data['run']}-delete", "action": "DELETE"}
        return self.progress(site, replace(resource, data=last))

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        result = site.cloud.runtime.scripts.result(
            resource.properties["server"], resource.data["run"]
        )
        if result is None:
            return None
        shown = {
            "deploy_stdout": result.stdout,
            "deploy_stderr": result.stderr,
            "deploy_status_code": result.status,
            **result.outputs,
        }
        return shown if name == "show" else shown.get(name)


class SoftwareDeploymentGroup(Group):
    """A configuration carried out on several servers."""

    TYPE = "OS::Heat::SoftwareDeploymentGroup"
    PROPERTIES: ClassVar[Schema] = {
        **_DEPLOYED,
        "servers": Property("map", required=True, update=True),
    }
    UPDATE_POLICY: ClassVar[Schema] = {
        "rolling_update": Property("map", fields=ROLLING),
        "batch_create": Property("map", fields=BATCH_CREATE),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "deploy_stdouts": "What the script printed, by server.",
        "deploy_stderrs": "What it printed to standard error, by server.",
        "deploy_status_codes": "Its exit status, by server.",
    }

    def inner(self, outer: Definition, properties: Mapping[str, Any]) -> Definition:
        servers = properties["servers"]
        common = {k: v for k, v in properties.items() if k != "servers"}
        members = {
            str(name): {
                "type": SoftwareDeployment.TYPE,
                "properties": {**common, "server": server},
            }
            # Only the names' values are unknown before the servers are made.
            for name, server in (
                servers.items() if isinstance(servers, Mapping) else ()
            )
        }
        return replace(outer, template=group_template(members), parameters={})

    def attribute_at(self, site: Site, resource: Resource, path: Sequence[Any]) -> Any:
        if path[0] == "show":
            return self.collect(site, resource, ("show",))
        return self.collect(site, resource, (path[0][:-1], *path[1:]))

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        return self.attribute_at(site, resource, (name,))
