"""Security groups of servers: those of their ports."""

from __future__ import annotations

from tacker_lite.pop.compute import states
from tacker_lite.pop.compute.server_ports import ServerPorts
from tacker_lite.pop.errors import BadRequest, NotFound


class ServerSecurityGroups(ServerPorts):
    """The part of the compute service that puts servers into security groups."""

    def add_security_group(self, project_id: str | None, ident: str, name: str) -> None:
        """Put a server's ports into one more security group.

        :param name: its name or id.
        :raises NotFound: when there is no such group.
        """
        self._change_groups(project_id, ident, name, add=True)

    def remove_security_group(
        self, project_id: str | None, ident: str, name: str
    ) -> None:
        """Take a server's ports out of a security group.

        :param name: its name or id.
        :raises NotFound: when there is no such group, or no port is in it.
        """
        self._change_groups(project_id, ident, name, add=False)

    def _change_groups(
        self, project_id: str | None, ident: str, name: str, add: bool
    ) -> None:
        with self.cloud.lock:
            server = self.find_server(project_id, ident)
            states.require_unlocked(project_id, server)
            try:
                [group_id] = self.group_ids(server.project_id, (name,))
            except BadRequest:
                message = f"Security group {name} is not found for project"
                raise NotFound(
                    "security group", name, f"{message} {server.project_id}"
                ) from None
            ports = self.ports_of(server)
            held = [port for port in ports if group_id in port.security_groups]
            if not add and not held:
                message = f"Security group {name} is not associated with the instance"
                raise NotFound("security group", name, f"{message} {ident}")
        for port in ports if add else held:
            rest = [other for other in port.security_groups if other != group_id]
            groups = {"security_groups": [*rest, group_id] if add else rest}
            self.cloud.network.update_port(None, port.id, groups)
