"""Metadata of servers."""

from __future__ import annotations

from collections.abc import Mapping

from tacker_lite.pop import attributes, records
from tacker_lite.pop.compute.tables import ComputeTables
from tacker_lite.pop.errors import NotFound


class ServerMetadata(ComputeTables):
    """The metadata part of the compute service."""

    def set_metadata(
        self,
        project_id: str | None,
        ident: str,
        metadata: Mapping[str, str],
        replace: bool = False,
    ) -> dict[str, str]:
        """Add to or replace a server's metadata; returns all of it.

        The server itself sees it after its next start.
        """
        new = attributes.text_mapping({"metadata": metadata}, "metadata")
        with self.cloud.lock:
            old = self.find_server(project_id, ident).metadata
            merged = new if replace else {**old, **new}
            self.servers.change(ident, metadata=merged, updated_at=records.now())
        return merged

    def delete_metadata(self, project_id: str | None, ident: str, key: str) -> None:
        """Remove one key.

        :raises NotFound: when the server has none of that name.
        """
        with self.cloud.lock:
            metadata = dict(self.find_server(project_id, ident).metadata)
            if key not in metadata:
                raise NotFound("metadata item", key)
            del metadata[key]
            self.servers.change(ident, metadata=metadata, updated_at=records.now())
