"""What a server can be asked to do where it is."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.compute import server_request, states
from tacker_lite.pop.compute.action_log import NOBODY, Caller
from tacker_lite.pop.compute.server_metadata import ServerMetadata
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound

_REBUILD_KEYS = (
    *("imageRef", "name", "metadata", "description", "user_data", "key_name"),
    *("preserve_ephemeral", "OS-DCF:diskConfig", "adminPass", "hostname"),
    *("accessIPv4", "accessIPv6", "trusted_image_certificates"),
)
#: States that an administrator may declare.
_RESET_STATES = ("active", "error")


class ServerActions(ServerMetadata):
    """The part of the compute service that changes a server's state.

    Each method records what is wanted; the machine follows later.
    """

    lifecycle: Any

    def want(  # noqa: PLR0913 (what is wanted, of which server, for whom)
        self,
        project_id: str | None,
        ident: str,
        action: str,
        statuses: tuple[str, ...],
        by: Caller = NOBODY,
        event: str = "",
        **values: Any,
    ) -> None:
        """Record what is wanted of a server, and have it done.

        :param action: its name in the API.
        :param statuses: in which it may be asked for.
        :param event: the service's name of the work.
        :param values: what the record becomes at once.
        :raises Conflict: in any other state, or when the server is locked.
        """
        with self.cloud.changed:
            server = self.ready_server(project_id, ident, action, *statuses)
            self.put_wanted(server, action, by, event, **values)
        self.lifecycle.follow_later(ident)

    def put_wanted(
        self,
        server: records.Server,
        action: str,
        by: Caller,
        event: str = "",
        **values: Any,
    ) -> None:
        """Record what is wanted of a server whose state has been looked at."""
        with self.cloud.store.transaction():
            name = event or f"compute_{action}_instance"
            self.actions.begin(server, action, name, by)
            values.setdefault("last_status", server.status)
            self.servers.change(server.id, updated_at=records.now(), **values)
        self.cloud.changed.notify_all()

    def start_server(
        self, project_id: str | None, ident: str, by: Caller = NOBODY
    ) -> None:
        """Start a server that is SHUTOFF.

        :raises Conflict: in any other state.
        """
        self.want(
            project_id, ident, "start", ("SHUTOFF",), by, task_state="powering-on"
        )

    def stop_server(
        self, project_id: str | None, ident: str, by: Caller = NOBODY
    ) -> None:
        """Stop a server that is ACTIVE or in ERROR.

        :raises Conflict: in any other state.
        """
        allowed = ("ACTIVE", "ERROR")
        self.want(project_id, ident, "stop", allowed, by, task_state="powering-off")

    def reboot_server(
        self,
        project_id: str | None,
        ident: str,
        hard: bool = False,
        by: Caller = NOBODY,
    ) -> None:
        """Stop and start a server.

        :param hard: also one that is SHUTOFF, PAUSED, SUSPENDED or in ERROR.
        :raises Conflict: in any other state.
        """
        allowed: tuple[str, ...] = ("ACTIVE",)
        values = {"status": "REBOOT", "task_state": "rebooting"}
        if hard:
            allowed += ("SHUTOFF", "PAUSED", "SUSPENDED", "ERROR")
            values = {"status": "HARD_REBOOT", "task_state": "rebooting_hard"}
        event = "compute_reboot_instance"
        self.want(project_id, ident, "reboot", allowed, by, event, **values)

    def pause_server(
        self, project_id: str | None, ident: str, by: Caller = NOBODY
    ) -> None:
        """Hold an ACTIVE server's processes where they are."""
        self.want(project_id, ident, "pause", ("ACTIVE",), by, task_state="pausing")

    def unpause_server(
        self, project_id: str | None, ident: str, by: Caller = NOBODY
    ) -> None:
        """Let a PAUSED server go on."""
        self.want(project_id, ident, "unpause", ("PAUSED",), by, task_state="unpausing")

    def suspend_server(
        self, project_id: str | None, ident: str, by: Caller = NOBODY
    ) -> None:
        """Hold an ACTIVE server's processes; what they have in memory stays there."""
        self.want(
            project_id, ident, "suspend", ("ACTIVE",), by, task_state="suspending"
        )

    def resume_server(
        self, project_id: str | None, ident: str, by: Caller = NOBODY
    ) -> None:
        """Let a SUSPENDED server go on."""
        self.want(
            project_id, ident, "resume", ("SUSPENDED",), by, task_state="resuming"
        )

    def lock_server(
        self,
        project_id: str | None,
        ident: str,
        reason: str | None = None,
        by: Caller = NOBODY,
    ) -> None:
        """Keep all but administrators from acting on a server."""
        with self.cloud.changed:
            server = self.find_server(project_id, ident)
            if server.locked_by and project_id is not None:
                # Else an owner could make an administrator's lock their own.
                return
            self.actions.done(server, "lock", "api_lock", by)
            self.servers.change(
                ident,
                locked_by="admin" if project_id is None else "owner",
                locked_reason=reason,
            )

    def unlock_server(
        self, project_id: str | None, ident: str, by: Caller = NOBODY
    ) -> None:
        """End a lock.

        :raises Conflict: when an administrator set it and the caller is none.
        """
        with self.cloud.changed:
            server = self.find_server(project_id, ident)
            if server.locked_by == "admin":
                states.require_unlocked(project_id, server)
            self.actions.done(server, "unlock", "api_unlock", by)
            self.servers.change(ident, locked_by="", locked_reason=None)

    def reset_state(self, ident: str, state: str, by: Caller = NOBODY) -> None:
        """Declare a server ``active`` or in ``error``, whatever it is; what was being
        done to it is forgotten.

        :raises BadRequest: for any other state.
        """
        if state not in _RESET_STATES:
            raise attributes.invalid("state", f"must be one of {list(_RESET_STATES)}")
        with self.cloud.changed:
            server = self.find_server(None, ident)
            self.actions.done(server, "resetState", "api_reset_state", by)
            self.servers.change(
                ident,
                status=state.upper(),
                task_state=None,
                before=None,
                fault=server.fault if state == "error" else None,
                updated_at=records.now(),
            )
            self.cloud.changed.notify_all()

    def rebuild_server(
        self, project_id: str | None, ident: str, attrs: Attrs, by: Caller = NOBODY
    ) -> records.Server:
        """Give a server a new disk; its id, addresses and flavor stay.

        :raises BadRequest: when the body is wrong or the image cannot be used.
        :raises Conflict: unless it is ACTIVE, SHUTOFF or in ERROR.
        """
        attributes.refuse_unknown(attrs, _REBUILD_KEYS)
        reference = attributes.required_text(attrs, "imageRef")
        image_id = reference.rstrip("/").rpartition("/")[2]
        values: dict[str, Any] = {"image_id": image_id}
        if attrs.get("name") is not None:
            values["name"] = attributes.required_text(attrs, "name")
        if "metadata" in attrs:
            values["metadata"] = attributes.text_mapping(attrs, "metadata")
        if "description" in attrs:
            values["description"] = attributes.text(attrs, "description", None)
        if "user_data" in attrs:
            values["user_data"] = server_request.user_data(attrs)
        if "key_name" in attrs:
            values |= self._key_values(attrs, by)
        with self.cloud.lock:
            server = self.find_server(project_id, ident)
            if image_id not in self.cloud.image.images:
                raise BadRequest("Cannot find image for rebuild")
            self.require_image(project_id, image_id, server.flavor)
            metadata = values.get("metadata", server.metadata)
            self.require_metadata_items(server.project_id, len(metadata))
            allowed = ("ACTIVE", "SHUTOFF", "ERROR")
            values |= {"status": "REBUILD", "task_state": "rebuilding", "fault": None}
            event = "compute_rebuild_instance"
            self.want(project_id, ident, "rebuild", allowed, by, event, **values)
            return self.find_server(project_id, ident)

    def _key_values(self, attrs: Attrs, by: Caller) -> dict[str, Any]:
        name = attributes.text(attrs, "key_name", None)
        if name is None:
            return {"key_name": None, "public_key": ""}
        for keypair in self.keypairs:
            if (keypair.user_id, keypair.name) == (by.user_id, name):
                return {"key_name": name, "public_key": keypair.public_key}
        raise BadRequest("Invalid key_name provided.")

    def require_image(
        self, project_id: str | None, ident: str, flavor: records.Flavor
    ) -> records.Image:
        """The image, when a server of that size can be made from it.

        :raises BadRequest: when it cannot.
        """
        try:
            image = self.cloud.image.get_image(project_id, ident)
        except NotFound:
            raise BadRequest("Can not find requested image") from None
        if image.status != "active":
            raise BadRequest(f"Image {image.id} is not active.")
        if flavor.ram < image.min_ram:
            raise BadRequest("Flavor's memory is too small for requested image.")
        if flavor.disk and flavor.disk < image.min_disk:
            raise BadRequest(
                "Flavor's disk is smaller than the minimum size specified in image"
                f" metadata. Flavor disk is {flavor.disk * 2**30} bytes, minimum size"
                f" is {image.min_disk * 2**30} bytes."
            )
        return image

    def console(
        self, project_id: str | None, ident: str, length: int | None = None
    ) -> str:
        """What the server has printed.

        :param length: number of last lines; None for all.
        :raises Conflict: when it has never been given a place.
        """
        with self.cloud.lock:
            server = self.find_server(project_id, ident)
        if not server.host:
            raise Conflict(f"Instance {ident} is not ready")
        output = self.cloud.runtime.console(ident)
        if length is None:
            return output
        return "".join(output.splitlines(keepends=True)[-length:]) if length else ""
