"""Virtual network functions."""

from __future__ import annotations

from tacker_lite.client.http import Collection, Rows


class VnfCalls(Collection):
    """The calls of ``/v1.0/vnfs``."""

    plural = "vnfs"
    singular = "vnf"

    def delete(self, ident: str, force: bool = False) -> None:
        """Ask for the deletion, or with ``force`` drop the row at once (admin)."""
        body = {"vnf": {"attributes": {"force": True}}} if force else {}
        self._http.call("DELETE", f"vnfs/{ident}", body)

    def resources(self, ident: str) -> Rows:
        """What the VIM made for the VNF: ``id``, ``name`` and ``type`` of each."""
        return self._http.call("GET", f"vnfs/{ident}/resources")["resources"]

    def scale(self, ident: str, policy: str | None, type_: str | None) -> None:
        """Begin one step, ``out`` or ``in``, of a scaling policy.

        :raises NotFound: for an unknown VNF or policy.
        :raises Conflict: unless the VNF is active.
        """
        body = {"scale": {"type": type_, "policy": policy}}
        self._http.call("POST", f"vnfs/{ident}/actions", body)
