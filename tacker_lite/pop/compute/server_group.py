"""Server groups, and the hosts that servers are put on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.compute.hosts import Hosts
from tacker_lite.pop.compute.quota import Quotas
from tacker_lite.pop.compute.tables import ServerGroup
from tacker_lite.pop.errors import BadRequest, Forbidden, NotFound

POLICIES = ("affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity")


@dataclass(frozen=True)
class Hints:
    """What a request says of where a server goes.

    :ivar group: id of a server group, or empty.
    :ivar zone: availability zone, optionally with ``:host``, or empty.
    :ivar other_than: host that it must not be on, or empty.
    """

    group: str = ""
    zone: str = ""
    other_than: str = ""


class ServerGroups(Hosts, Quotas):
    """The server group part of the compute service."""

    def create_server_group(
        self, project_id: str, attrs: Attrs, user_id: str = ""
    ) -> ServerGroup:
        """Make a group without members.

        :raises BadRequest: when the policy is unknown, or a rule does not go with it.
        """
        attributes.refuse_unknown(attrs, ("name", "policy", "policies", "rules"))
        policies = attributes.texts(attrs, "policies")
        policy = attributes.text(attrs, "policy") or (policies[0] if policies else "")
        if policy not in POLICIES or len(policies) > 1:
            raise invalid("policy", f"must be one of {', '.join(POLICIES)}")
        has = self.quota_used(project_id)["server_groups"]
        self.require_one_more(project_id, "server_groups", has, "server groups")
        return self.server_groups.put(
            ServerGroup(
                id=records.new_id(),
                project_id=project_id,
                user_id=user_id,
                name=attributes.required_text(attrs, "name"),
                policy=policy,
                max_server_per_host=_most_on_a_host(attrs, policy),
            )
        )

    def get_server_group(self, project_id: str | None, ident: str) -> ServerGroup:
        """:raises NotFound: when the project sees no such group."""
        group = self.server_groups.get(ident)
        if group is None or project_id not in (None, group.project_id):
            message = f"Instance group {ident} could not be found."
            raise NotFound("instance group", ident, message)
        return group

    def list_server_groups(self, project_id: str | None) -> list[ServerGroup]:
        """Oldest first."""
        with self.cloud.lock:
            return [g for g in self.server_groups if project_id in (None, g.project_id)]

    def delete_server_group(self, project_id: str | None, ident: str) -> None:
        """Forget a group; its servers stay where they are."""
        with self.cloud.lock:
            self.server_groups.delete(self.get_server_group(project_id, ident).id)

    def members(self, group: ServerGroup) -> list[str]:
        """Ids of the group's servers that there still are, oldest first."""
        return [ident for ident in group.members if ident in self.servers]

    def checked_group(self, project_id: str, hints: Hints) -> ServerGroup | None:
        """The group that a request names.

        :raises BadRequest: the project has no such group.
        """
        if not hints.group:
            return None
        try:
            return self.get_server_group(project_id, hints.group)
        except NotFound as error:
            raise BadRequest(error.message) from None

    def chosen_host(self, hints: Hints, server_id: str = "") -> str:
        """The host for one more server, empty when there is none for it.

        :param server_id: of one that is to move there, which does not stand against
            itself.
        """
        on_host = self.servers.on_host
        usable = self.usable_hosts(hints.zone)
        load = Counter({h: on_host[h] for h in usable if h != hints.other_than})
        group = self.server_groups.get(hints.group)
        if group is not None:
            load = self._allowed(group, load, server_id)
        return min(load, key=lambda host: load[host], default="")

    def group_of(self, server_id: str) -> ServerGroup | None:
        """The group that a server is in."""
        for group in self.server_groups:
            if server_id in group.members:
                return group
        return None

    def _allowed(
        self, group: ServerGroup, load: Counter[str], server_id: str
    ) -> Counter[str]:
        """The hosts that a group's policy leaves; a soft one always leaves some."""
        taken: Counter[str] = Counter()
        for ident in self.members(group):
            server = self.servers.get(ident)
            if server is not None and server.host and ident != server_id:
                taken[server.host] += 1
        if not taken:
            return load
        apart = group.policy.endswith("anti-affinity")
        if apart:
            allowed = {h for h in load if taken[h] < group.max_server_per_host}
        else:
            allowed = set(taken)
        if not allowed and group.policy.startswith("soft-"):
            allowed = {h for h in load if taken[h] == min(taken[o] for o in load)}
        return Counter({host: load[host] for host in load if host in allowed})

    def require_group_members(self, group: ServerGroup, more: int) -> None:
        """:raises Forbidden: when a group may not have that many more members."""
        limit = self.quota(group.project_id)["server_group_members"]
        if 0 <= limit < len(self.members(group)) + more:
            raise Forbidden("Quota exceeded, too many servers in group")

    def join(self, group: ServerGroup, server_id: str) -> None:
        """Record a server as a member of a group."""
        members = [*self.members(group), server_id]
        self.server_groups.change(group.id, members=members)


def _most_on_a_host(attrs: Attrs, policy: str) -> int:
    rules = attrs.get("rules") or {}
    if not isinstance(rules, dict) or set(rules) - {"max_server_per_host"}:
        raise invalid("rules", "only max_server_per_host is known")
    if rules and policy != "anti-affinity":
        raise BadRequest("Only anti-affinity policy supports rules.")
    most: int = attributes.integer(rules, "max_server_per_host", 1, 1, 1000)
    return most
