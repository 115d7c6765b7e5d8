"""Servers that change their size or their host, and copies of their disks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.compute.action_log import NOBODY, Caller
from tacker_lite.pop.compute.server_actions import ServerActions
from tacker_lite.pop.compute.server_group import Hints, ServerGroups
from tacker_lite.pop.errors import BadRequest

NO_HOST = "No valid host was found. There are not enough hosts available."


class ServerMoves(ServerActions, ServerGroups):
    """The part of the compute service that resizes, migrates and copies servers.

    Hosts are names of this one machine, so a move between them changes what the API
    says and interrupts a server only where the service does.
    """

    def resize_server(
        self,
        project_id: str | None,
        ident: str,
        flavor: records.Flavor,
        by: Caller = NOBODY,
    ) -> None:
        """Restart a server with another flavor; it waits to be confirmed then.

        When the PoP has no room it stays what it is, and its action says so.

        :raises BadRequest: when it has that flavor, or its image needs more.
        :raises Forbidden: when the project may not use that much.
        """
        with self.cloud.changed:
            server = self.ready_server(project_id, ident, "resize", "ACTIVE", "SHUTOFF")
            if flavor.id == server.flavor.id:
                raise BadRequest("When resizing, instances must change flavor!")
            self._require_image_fits(server, flavor)
            old = server.flavor
            cores, ram = flavor.vcpus - old.vcpus, flavor.ram - old.ram
            self.require_quota(server.project_id, cores=cores, ram=ram)
            host = self._other_host(server) or server.host
            if not self.has_room(flavor):
                self.actions.begin(server, "resize", "cold_migrate", by)
                self.actions.finish(ident, NO_HOST)
                return
            self._begin_move(server, "resize", host, flavor, by)
        self.lifecycle.follow_later(ident)

    def _require_image_fits(
        self, server: records.Server, flavor: records.Flavor
    ) -> None:
        image = self.cloud.image.images.get(server.image_id)
        if image is not None and flavor.ram < image.min_ram:
            raise BadRequest("Flavor's memory is too small for requested image.")
        if server.flavor.disk and not flavor.disk:
            raise BadRequest("Resize to zero disk flavor is not allowed.")
        if flavor.disk < server.flavor.disk:
            raise BadRequest(
                "Resize error: Unable to resize disk down to a smaller one."
            )

    def _begin_move(
        self,
        server: records.Server,
        action: str,
        host: str,
        flavor: records.Flavor,
        by: Caller,
    ) -> None:
        before = {"flavor": dataclasses.asdict(server.flavor), "host": server.host}
        self.put_wanted(
            server,
            action,
            by,
            "compute_resize_instance",
            status="RESIZE",
            task_state="resize_prep",
            before=before,
            flavor=flavor,
            host=host,
        )
        self._bind_ports(server.id, host)

    def _other_host(self, server: records.Server, wanted: str = "") -> str:
        """Another host that the server may be on; empty: there is none."""
        group = self.group_of(server.id)
        zone = server.zone or self.zone_of(server.host)
        hints = Hints(
            group=group.id if group else "",
            zone=f"{zone}:{wanted}" if wanted else server.zone,
            other_than=server.host,
        )
        return self.chosen_host(hints, server.id)

    def _bind_ports(self, ident: str, host: str) -> None:
        server = self.servers.get(ident)
        for port_id in server.port_ids if server else ():
            if port_id in self.cloud.network.ports:
                self.cloud.network.ports.change(port_id, binding_host_id=host)

    def confirm_resize(
        self, project_id: str | None, ident: str, by: Caller = NOBODY
    ) -> None:
        """Let go of what a resized server was before.

        :raises Conflict: when it does not wait for that.
        """
        with self.cloud.changed:
            server = self.ready_server(
                project_id, ident, "confirmResize", "VERIFY_RESIZE"
            )
            event = "compute_confirm_resize"
            self.actions.done(server, "confirmResize", event, by)
            self.servers.change(
                ident,
                status=server.last_status,
                before=None,
                updated_at=records.now(),
            )
            self.cloud.changed.notify_all()

    def revert_resize(
        self, project_id: str | None, ident: str, by: Caller = NOBODY
    ) -> None:
        """Make a resized server what it was before.

        :raises Conflict: when it does not wait for that.
        """
        with self.cloud.changed:
            server = self.ready_server(
                project_id, ident, "revertResize", "VERIFY_RESIZE"
            )
            before = server.before or {"flavor": vars(server.flavor), "host": ""}
            self.put_wanted(
                server,
                "revertResize",
                by,
                "compute_revert_resize",
                status="REVERT_RESIZE",
                task_state="resize_reverting",
                flavor=records.Flavor(**before["flavor"]),
                host=before["host"] or server.host,
                last_status=server.last_status,
                before=None,
            )
            self._bind_ports(ident, before["host"] or server.host)
        self.lifecycle.follow_later(ident)

    def migrate_server(self, ident: str, host: str = "", by: Caller = NOBODY) -> None:
        """Restart a server on another host; it waits to be confirmed then.

        :param host: where to; empty: the service chooses.
        :raises BadRequest: when there is no such or no other host.
        """
        with self.cloud.changed:
            server = self.ready_server(None, ident, "migrate", "ACTIVE", "SHUTOFF")
            chosen = self._checked_target(server, host)
            self._begin_move(server, "migrate", chosen, server.flavor, by)
        self.lifecycle.follow_later(ident)

    def _checked_target(self, server: records.Server, host: str) -> str:
        if host and host not in self.hosts():
            raise BadRequest(f"Compute host {host} could not be found.")
        if host == server.host:
            raise BadRequest(
                f"Unable to migrate instance ({server.id}) to current host ({host})."
            )
        chosen = self._other_host(server, host)
        if not chosen:
            raise BadRequest(NO_HOST)
        return chosen

    def live_migrate_server(
        self, ident: str, host: str = "", by: Caller = NOBODY
    ) -> None:
        """Call a running server one of another host; its processes go on.

        :param host: where to; empty: the service chooses.
        :raises BadRequest: when there is no such or no other host.
        """
        with self.cloud.changed:
            server = self.ready_server(
                None, ident, "os-migrateLive", "ACTIVE", "PAUSED"
            )
            chosen = self._checked_target(server, host)
            self.put_wanted(
                server,
                "live-migration",
                by,
                "compute_live_migration",
                status="MIGRATING",
                task_state="migrating",
                host=chosen,
            )
            self._bind_ports(ident, chosen)
        self.lifecycle.follow_later(ident)

    def evacuate_server(self, ident: str, host: str = "", by: Caller = NOBODY) -> None:
        """Rebuild a server of a host that was declared down on another one.

        :param host: where to; empty: the service chooses.
        :raises BadRequest: while its host is up, or when there is no other host.
        """
        with self.cloud.changed:
            server = self.ready_server(
                None, ident, "evacuate", "ACTIVE", "SHUTOFF", "ERROR"
            )
            if not self.host(server.host).forced_down:
                raise BadRequest(f"Compute service of {server.host} is still in use.")
            chosen = self._checked_target(server, host)
            self.put_wanted(
                server,
                "evacuate",
                by,
                "compute_rebuild_instance",
                status="REBUILD",
                task_state="rebuilding",
                host=chosen,
            )
            self._bind_ports(ident, chosen)
        self.lifecycle.follow_later(ident)

    def create_server_image(
        self,
        project_id: str | None,
        ident: str,
        attrs: Mapping[str, Any],
        by: Caller = NOBODY,
    ) -> str:
        """Begin a copy of a server's disk as an image; returns the image's id.

        :raises Conflict: unless it is ACTIVE, SHUTOFF, PAUSED or SUSPENDED.
        """
        attributes.refuse_unknown(attrs, ("name", "metadata"))
        name = attributes.required_text(attrs, "name")
        metadata = attributes.text_mapping(attrs, "metadata")
        with self.cloud.changed:
            server = self.ready_server(
                project_id,
                ident,
                "createImage",
                "ACTIVE",
                "SHUTOFF",
                "PAUSED",
                "SUSPENDED",
            )
            self.require_metadata_items(server.project_id, len(metadata))
            image = self.cloud.image.begin_snapshot(server, name, metadata)
            self.put_wanted(
                server,
                "createImage",
                by,
                "compute_snapshot_instance",
                task_state="image_snapshot",
            )
        self.lifecycle.follow_later(ident, image.id)
        return image.id
