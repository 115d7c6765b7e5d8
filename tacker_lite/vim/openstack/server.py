"""VDUs: what heat-translator leaves open of a server, its flavor and its image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite.tosca.model import Vdu, VnfTemplate, is_get_input
from tacker_lite.vim.openstack import checks, flavor, parameters
from tacker_lite.vim.openstack.draft import Draft

IMAGE_ARTIFACT = "tosca.artifacts.Deployment.Image.VM"
KEY_INPUT = "key_name"
"""An input of this name goes to every VDU that names no key itself."""
DISK_FORMATS = (
    "raw",
    "qcow2",
    "vmdk",
    "vdi",
    "vhd",
    "vhdx",
    "iso",
    "ploop",
    "ami",
    "ari",
    "aki",
)
BOOTED_FROM = {"image", "block_device_mapping", "block_device_mapping_v2"}


def add(template: VnfTemplate, draft: Draft) -> None:
    """Finish servers; add the flavors and images made for them."""
    nodes = template.document["topology_template"]["node_templates"]
    inputs = template.document["topology_template"].get("inputs") or {}
    ports: dict[str, list[tuple[int, str]]] = {}
    for point in template.connection_points:
        if point.vdu:
            order = template.resolve(point.properties.get("order", 0))
            place = 0 if is_get_input(order) else int(order)
            ports.setdefault(point.vdu, []).append((place, point.name))
    for vdu in template.vdus:
        node = nodes[vdu.name]
        server = draft.resources[vdu.name]["properties"]
        draft.vdu_of[vdu.name] = vdu.name
        if vdu.name in ports:
            # Sorting is stable: as written where the order is the same.
            cards = sorted(ports[vdu.name], key=lambda port: port[0])
            server["networks"] = [{"port": {"get_resource": name}} for _, name in cards]
        if "metadata" in server:
            server["metadata"] = parameters.texts(server["metadata"])
        if KEY_INPUT in inputs and vdu.properties.get("key_name") is None:
            server["key_name"] = {"get_param": KEY_INPUT}
        if vdu.properties.get("flavor") is None:
            with draft.collecting():
                _add_flavor(vdu, node, template, draft)
            server["flavor"] = {"get_resource": f"{vdu.name}_flavor"}
        with draft.collecting():
            _add_image(vdu, node.get("artifacts") or {}, template, draft)
        with draft.collecting():
            _finish_hints(vdu, template, server)


def _add_flavor(
    vdu: Vdu, node: Mapping[str, Any], template: VnfTemplate, draft: Draft
) -> None:
    """Sizes need converting, so their inputs are resolved; the CPU count need not."""
    compute = (node.get("capabilities") or {}).get("nfv_compute") or {}
    given = compute.get("properties") or {}
    properties = flavor.properties(
        vdu.name, template.resolve(given), draft.extra_specs, given, draft.findings
    )
    if is_get_input(given.get("num_cpus")):
        properties["vcpus"] = parameters.references(given["num_cpus"])
    draft.add(f"{vdu.name}_flavor", "OS::Nova::Flavor", properties)


def _add_image(
    vdu: Vdu, artifacts: Mapping[str, Any], template: VnfTemplate, draft: Draft
) -> None:
    image: dict[str, Any] = {}
    for name, artifact in artifacts.items():
        if artifact.get("type") != IMAGE_ARTIFACT:
            continue
        if not artifact.get("file"):
            raise checks.invalid(
                vdu.name,
                f"artifact {name} needs a file (URL)",
                "FilePathMissing",
                ("artifacts", name),
            )
        properties = artifact.get("properties") or {}
        disk_format = properties.get("disk_format", "raw")
        _check_disk_format(vdu, name, template.resolve(disk_format))
        image = {
            "name": name,
            "location": parameters.references(artifact["file"]),
            "container_format": "bare",
            "disk_format": parameters.references(disk_format),
        }
    if not image and not vdu.properties.keys() & BOOTED_FROM:
        raise checks.invalid(
            vdu.name,
            f"it has nothing to boot from; give image, or an artifact of type "
            f"{IMAGE_ARTIFACT}",
        )
    if image:
        made = f"{vdu.name}_image"
        draft.add(made, "OS::Glance::WebImage", image)
        draft.resources[vdu.name]["properties"]["image"] = {"get_resource": made}


def _check_disk_format(vdu: Vdu, artifact: str, value: Any) -> None:
    if value not in DISK_FORMATS and not is_get_input(value):
        raise checks.invalid(
            vdu.name,
            f"artifact {artifact}: disk_format must be one of "
            f"{', '.join(DISK_FORMATS)}",
            path=("artifacts", artifact, "properties", "disk_format"),
        )


def _finish_hints(vdu: Vdu, template: VnfTemplate, server: dict[str, Any]) -> None:
    """Hints of a type of the descriptor's own: policies add theirs to them."""
    written = vdu.properties.get("scheduler_hints")
    if written is None:
        return
    hints = template.resolve(written) if is_get_input(written) else written
    if not isinstance(hints, Mapping):
        raise checks.invalid(
            vdu.name,
            "scheduler_hints must be a mapping",
            path=("properties", "scheduler_hints"),
        )
    server["scheduler_hints"] = parameters.references(dict(hints))
