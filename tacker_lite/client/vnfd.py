"""VNF descriptors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite.client.http import Collection

SERVICE_TYPES = {"service_types": [{"service_type": "vnfd"}]}


class VnfdCalls(Collection):
    """The calls of ``/v1.0/vnfds``."""

    plural = "vnfds"
    singular = "vnfd"

    def create(self, attributes: Mapping[str, Any]) -> dict:
        """Onboard a descriptor.

        :param attributes: ``attributes.vnfd`` is the parsed template, or
            ``{"csar": <base64>}`` for a package with it.
        """
        return super().create({**SERVICE_TYPES, **attributes})

    def try_create(self, attributes: Mapping[str, Any]) -> dict:
        """What onboarding a descriptor would find; the service stores nothing.

        :param attributes: as for :meth:`create`; ``attributes.vnfd`` may also be the
            template's YAML text, so that problems have its lines, and
            ``attributes.param_values`` has values of inputs.
        :returns: ``problems``, each with ``file`` (of the package, or empty),
            ``line`` (0: not known), ``node`` and ``reason``; and ``attributes``, what
            a VIM would be given, by name.
        """
        body = {self.singular: {**SERVICE_TYPES, **attributes}}
        query = {"dry_run": "true"}
        return self._http.call("POST", self.plural, body, query)["dry_run"]
