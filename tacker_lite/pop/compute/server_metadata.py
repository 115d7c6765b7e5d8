"""Metadata and tags of servers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tacker_lite.pop import attributes, records
from tacker_lite.pop.compute import states
from tacker_lite.pop.compute.quota import Quotas
from tacker_lite.pop.errors import BadRequest, NotFound

MOST_TAGS = 50
_TAG = re.compile(r"[^/,]{1,60}")


class ServerMetadata(Quotas):
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
            server = self.find_server(project_id, ident)
            states.require_unlocked(project_id, server)
            merged = new if replace else {**server.metadata, **new}
            self.require_metadata_items(server.project_id, len(merged))
            self.servers.change(ident, metadata=merged, updated_at=records.now())
        return merged

    def delete_metadata(self, project_id: str | None, ident: str, key: str) -> None:
        """Remove one key.

        :raises NotFound: when the server has none of that name.
        """
        with self.cloud.lock:
            server = self.find_server(project_id, ident)
            states.require_unlocked(project_id, server)
            metadata = dict(server.metadata)
            if key not in metadata:
                raise NotFound("metadata item", key, "Metadata item was not found")
            del metadata[key]
            self.servers.change(ident, metadata=metadata, updated_at=records.now())

    def set_tags(
        self, project_id: str | None, ident: str, tags: Sequence[object]
    ) -> list[str]:
        """Make these all of a server's tags; returns them.

        :raises BadRequest: too many, or one that is no tag.
        """
        for tag in tags:
            if not isinstance(tag, str) or not _TAG.fullmatch(tag):
                raise BadRequest(
                    f"Invalid input for field/attribute tags. Value: {tag}. A tag has 1"
                    " to 60 characters, none of them '/' or ','."
                )
        unique = [str(tag) for tag in dict.fromkeys(tags)]
        if len(unique) > MOST_TAGS:
            raise BadRequest(
                f"The number of tags exceeded the per-server limit {MOST_TAGS}"
            )
        with self.cloud.lock:
            self.find_server(project_id, ident)
            self.servers.change(ident, tags=unique, updated_at=records.now())
        return unique
