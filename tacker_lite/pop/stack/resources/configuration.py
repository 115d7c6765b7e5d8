"""OS::Heat types whose object is a text for servers to be configured by."""

from __future__ import annotations

from collections.abc import Mapping
from email.errors import HeaderParseError
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import Parser
from typing import Any, ClassVar

import yaml

from tacker_lite.pop.records import new_id
from tacker_lite.pop.stack.errors import ResourceFailure
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import Made, ResourceType, Site

_ID_LENGTH = 36
_SCRIPT = "OS::Heat::SoftwareConfig"


class _Text(ResourceType):
    """Base of the types: the text is made once and kept."""

    ATTRIBUTES: ClassVar[Mapping[str, str]] = {"config": "The text."}

    def text(self, site: Site, properties: Mapping[str, Any]) -> str:
        raise NotImplementedError

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        return Made(new_id(), {"config": self.text(site, properties)})

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        return dict(resource.data) if name == "show" else resource.data["config"]


class CloudConfig(_Text):
    """User data for cloud-init."""

    TYPE = "OS::Heat::CloudConfig"
    PROPERTIES: ClassVar[Schema] = {"cloud_config": Property("map")}

    def text(self, site: Site, properties: Mapping[str, Any]) -> str:
        body = properties.get("cloud_config") or {}
        return "#cloud-config\n" + yaml.safe_dump(body, default_flow_style=False)


class MultipartMime(_Text):
    """User data of several parts."""

    TYPE = "OS::Heat::MultipartMime"
    PROPERTIES: ClassVar[Schema] = {
        "group": Property(default="Heat::Ungrouped"),
        "parts": Property(
            "list",
            default=[],
            items=Property(
                "map",
                fields={
                    "config": Property(required=True),
                    "filename": Property(),
                    "subtype": Property(),
                    "type": Property(default="text", allowed=("text", "multipart")),
                },
            ),
        ),
    }

    def text(self, site: Site, properties: Mapping[str, Any]) -> str:
        whole = MIMEMultipart()
        for part in properties["parts"]:
            text = configured(site, part["config"])
            if part["type"] == "multipart":
                for piece in Parser().parsestr(text).walk():
                    if not piece.is_multipart():
                        whole.attach(piece)
            else:
                whole.attach(_piece(text, part))
        try:
            return whole.as_string()
        except HeaderParseError as error:
            raise ResourceFailure(f"parts: {error}") from error


def _piece(text: str, part: Mapping[str, Any]) -> Message:
    piece = MIMEText(text, part.get("subtype") or "plain", "utf-8")
    if part.get("filename"):
        piece.add_header("Content-Disposition", "attachment", filename=part["filename"])
    return piece


def configured(site: Site, given: str) -> str:
    """The text itself, or of the software configuration whose id is given."""
    if len(given) != _ID_LENGTH:
        return given
    stacks = site.cloud.stacks
    script = stacks.made(_SCRIPT, given)
    if script is not None:
        return str(script.properties["config"])
    for kind in (CloudConfig.TYPE, MultipartMime.TYPE):
        made = stacks.made(kind, given)
        if made is not None:
            return str(made.data["config"])
    return given
