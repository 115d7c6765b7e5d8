"""Security groups and their rules; :mod:`.filtering` has them enforced."""

from __future__ import annotations

import dataclasses
from typing import Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.addresses import ip_network
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound
from tacker_lite.pop.network import protocols
from tacker_lite.pop.network.tables import NetworkTables, refuse_read_only

#: Says why a rule is there that no other cloud has.
OPEN_RULE = "The lab's own: remove it, or see default_security_group of the topology"
_RULE_KEYS = (
    "security_group_id",
    "direction",
    "ethertype",
    "protocol",
    "port_range_min",
    "port_range_max",
    "remote_ip_prefix",
    "remote_group_id",
    "remote_address_group_id",
    "description",
    "project_id",
    "tenant_id",
)


class SecurityGroups(NetworkTables):
    """The security group part of the network service."""

    def create_security_group(
        self, project_id: str | None, attrs: Attrs
    ) -> records.SecurityGroup:
        """A group with the two rules that let everything out.

        :raises Conflict: when it is to be called ``default``: every project has that.
        """
        known = ("name", "description", "stateful", "tags", "project_id", "tenant_id")
        attributes.refuse_unknown(attrs, known)
        name = attributes.required_text(attrs, "name")
        owner = self.owner(project_id, attrs)
        with self.cloud.lock:
            self.default_group(owner)
            self.quotas.require(owner, "security_group")
            if name == "default":
                raise Conflict(
                    "Default security group already exists.",
                    type="SecurityGroupDefaultAlreadyExists",
                )
            return self._new_group(
                owner,
                name,
                attributes.text(attrs, "description"),
                attributes.flag(attrs, "stateful", True),
                attributes.texts(attrs, "tags"),
            )

    def _new_group(
        self, owner: str, name: str, description: str, stateful: bool, tags: list[str]
    ) -> records.SecurityGroup:
        moment = records.now()
        group = records.SecurityGroup(
            id=records.new_id(),
            project_id=owner,
            name=name,
            description=description,
            stateful=stateful,
            tags=tags,
            created_at=moment,
            updated_at=moment,
        )
        with self.cloud.store.transaction():
            self.groups.put(group)
            for ethertype in ("IPv4", "IPv6"):
                self._new_rule(owner, group.id, "egress", ethertype)
        return group

    def _new_rule(
        self, owner: str, group: str, direction: str, ethertype: str, **more: Any
    ) -> records.SecurityGroupRule:
        moment = records.now()
        return self.rules.put(
            records.SecurityGroupRule(
                id=records.new_id(),
                project_id=owner,
                security_group_id=group,
                direction=direction,
                ethertype=ethertype,
                created_at=moment,
                updated_at=moment,
                **more,
            )
        )

    def default_group(self, project_id: str) -> records.SecurityGroup:
        """The project's own default group, made when first asked for."""
        with self.cloud.lock:
            for group in self.groups:
                if group.project_id == project_id and group.name == "default":
                    return group
            group = self._new_group(
                project_id, "default", "Default security group", True, []
            )
            for ethertype in ("IPv4", "IPv6"):
                self._new_rule(
                    project_id,
                    group.id,
                    "ingress",
                    ethertype,
                    remote_group_id=group.id,
                )
                if self.cloud.pop.default_security_group == "open":
                    self._new_rule(
                        project_id,
                        group.id,
                        "ingress",
                        ethertype,
                        description=OPEN_RULE,
                    )
            return group

    def update_security_group(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.SecurityGroup:
        """Change name, description, stateful or tags."""
        refuse_read_only(attrs, ("name", "description", "stateful", "tags"))
        with self.cloud.lock:
            old = self.own(project_id, self.groups, "security group", ident)
            return self.groups.change(
                ident,
                **attributes.changed(
                    old,
                    attrs,
                    name=attributes.text,
                    description=attributes.text,
                    stateful=attributes.flag,
                    tags=attributes.texts,
                ),
                updated_at=records.now(),
            )

    def delete_security_group(self, project_id: str | None, ident: str) -> None:
        """Remove a group with its rules.

        :raises Conflict: while a port has it, and for a project's default group.
        """
        with self.cloud.lock:
            group = self.own(project_id, self.groups, "security group", ident)
            if any(ident in port.security_groups for port in self.ports):
                raise Conflict(
                    f"Security Group {ident} in use.", type="SecurityGroupInUse"
                )
            if group.name == "default" and project_id is not None:
                raise Conflict(
                    "Removing default security group not allowed.",
                    type="SecurityGroupCannotRemoveDefault",
                )
            with self.cloud.store.transaction():
                for rule in self.rules:
                    if ident in (rule.security_group_id, rule.remote_group_id):
                        self.rules.delete(rule.id)
                self.groups.delete(ident)

    def get_security_group(
        self, project_id: str | None, ident: str
    ) -> records.SecurityGroup:
        """By id.

        :raises NotFound: when the project sees no such group.
        """
        with self.cloud.lock:
            return self.find(project_id, self.groups, "security group", ident)

    def list_security_groups(
        self, project_id: str | None
    ) -> list[records.SecurityGroup]:
        """Those of the project, the default one among them; oldest first."""
        with self.cloud.lock:
            if project_id is not None:
                self.default_group(project_id)
            return [row for row in self.groups if self.seen(project_id, row)]

    def rules_of(self, group_id: str) -> list[records.SecurityGroupRule]:
        """Rules of a group, oldest first."""
        with self.cloud.lock:
            return [row for row in self.rules if row.security_group_id == group_id]

    def create_security_group_rule(
        self, project_id: str | None, attrs: Attrs
    ) -> records.SecurityGroupRule:
        """A rule in a group.

        :raises Conflict: when the group has just this rule.
        """
        attributes.refuse_unknown(attrs, _RULE_KEYS)
        group_id = attributes.required_text(attrs, "security_group_id")
        if attrs.get("remote_address_group_id"):
            raise invalid("remote_address_group_id", "address groups are not offered")
        direction = attributes.required_text(attrs, "direction")
        if direction not in ("ingress", "egress"):
            raise invalid("direction", f"'{direction}' is not ingress or egress")
        ethertype = attributes.text(attrs, "ethertype", "IPv4")
        if ethertype.lower() not in ("ipv4", "ipv6"):
            raise BadRequest(
                f"Security group rule for ethertype '{ethertype}' not supported: it is "
                "not IPv4 or IPv6.",
                type="SecurityGroupRuleInvalidEtherType",
            )
        ethertype = "IPv4" if ethertype.lower() == "ipv4" else "IPv6"
        details = _rule_details(attrs, ethertype)
        with self.cloud.lock:
            group = self.own(project_id, self.groups, "security group", group_id)
            if details["remote_group_id"]:
                self.find(
                    project_id,
                    self.groups,
                    "security group",
                    details["remote_group_id"],
                )
            new = {"direction": direction, "ethertype": ethertype, **details}
            new.pop("description")
            for rule in self.rules_of(group_id):
                old = dataclasses.asdict(rule)
                if all(old[key] == value for key, value in new.items()):
                    raise Conflict(
                        f"Security group rule already exists. Rule id is {rule.id}.",
                        type="SecurityGroupRuleExists",
                    )
            self.quotas.require(group.project_id, "security_group_rule")
            return self._new_rule(
                group.project_id, group_id, direction, ethertype, **details
            )

    def delete_security_group_rule(self, project_id: str | None, ident: str) -> None:
        """Remove a rule."""
        with self.cloud.lock:
            self.own(project_id, self.rules, "security group rule", ident)
            self.rules.delete(ident)

    def get_security_group_rule(
        self, project_id: str | None, ident: str
    ) -> records.SecurityGroupRule:
        """By id.

        :raises NotFound: when the project sees no such rule.
        """
        with self.cloud.lock:
            return self.find(project_id, self.rules, "security group rule", ident)

    def list_security_group_rules(
        self, project_id: str | None
    ) -> list[records.SecurityGroupRule]:
        """Those of the project, oldest first."""
        with self.cloud.lock:
            return [row for row in self.rules if self.seen(project_id, row)]

    def checked_groups(
        self, project_id: str | None, owner: str, asked: Any
    ) -> list[str]:
        """Ids of the groups that a port is to have.

        :param owner: the port's project.
        :param asked: what the body says; None for the project's default group.
        """
        if asked is None:
            return [self.default_group(owner).id]
        for ident in attributes.texts({"security_groups": asked}, "security_groups"):
            group = self.groups.get(ident)
            if group is None or not self.seen(project_id, group):
                raise NotFound("security group", ident)
        return list(dict.fromkeys(asked))


def _rule_details(attrs: Attrs, ethertype: str) -> dict[str, Any]:
    """Protocol, ports and remote side of a rule, checked."""
    protocol = _protocol(attrs, ethertype)
    low, high = _port_range(attrs, protocol, ethertype)
    prefix = attributes.text(attrs, "remote_ip_prefix", None)
    group = attributes.text(attrs, "remote_group_id", None)
    if prefix and group:
        raise BadRequest(
            "Only remote_ip_prefix or remote_group_id may be provided.",
            type="SecurityGroupMultipleRemoteEntites",
        )
    if prefix:
        try:
            network = ip_network(prefix, strict=False)
        except ValueError as error:
            raise invalid("remote_ip_prefix", str(error)) from None
        if f"IPv{network.version}" != ethertype:
            raise BadRequest(
                f"Conflicting value ethertype {ethertype} for CIDR {prefix}",
                type="SecurityGroupRuleParameterConflict",
            )
        prefix = str(network)
    return {
        "protocol": protocol,
        "port_range_min": low,
        "port_range_max": high,
        "remote_ip_prefix": prefix,
        "remote_group_id": group,
        "description": attributes.text(attrs, "description"),
    }


def _protocol(attrs: Attrs, ethertype: str) -> str | None:
    """A rule's protocol as it is kept: a name in lower case, or a number as text."""
    protocol = attrs.get("protocol")
    if protocol is None or str(protocol).lower() in ("any", ""):
        return None
    protocol = str(protocol).lower()
    number = int(protocol) if protocol.isdigit() else -1
    if protocol not in protocols.NUMBERS and not 0 <= number <= 255:
        raise BadRequest(
            f"Security group rule protocol {protocol} not supported: it is neither a "
            "number from 0 to 255 nor one of "
            f"{', '.join(sorted(protocols.NUMBERS))}.",
            type="SecurityGroupRuleInvalidProtocol",
        )
    if ethertype == "IPv4" and protocol.startswith(("icmpv6", "ipv6-")):
        raise BadRequest(
            f"Invalid ethertype {ethertype} for protocol {protocol}.",
            type="SecurityGroupEthertypeConflictWithProtocol",
        )
    return protocol


def _port_range(
    attrs: Attrs, protocol: str | None, ethertype: str
) -> tuple[int | None, int | None]:
    """A rule's ports, or type and code of ICMP."""
    low, high = (_port(attrs, key) for key in ("port_range_min", "port_range_max"))
    if low is None and high is None:
        return None, None
    if protocol is None:
        raise BadRequest(
            "Must also specify protocol if port range is given.",
            type="SecurityGroupProtocolRequiredWithPorts",
        )
    version = 4 if ethertype == "IPv4" else 6
    number = protocols.protocol_number(protocol, version)
    if number in (protocols.ICMP, protocols.ICMPV6):
        for value in (low, high):
            if value is not None and value > 255:
                raise BadRequest(
                    f"ICMP type and code are from 0 to 255, not {value}.",
                    type="SecurityGroupInvalidIcmpValue",
                )
        if low is None:
            raise BadRequest(
                f"ICMP code {high} needs a type, port_range_min.",
                type="SecurityGroupMissingIcmpType",
            )
    elif number not in protocols.WITH_PORTS:
        raise BadRequest(
            f"Protocol {protocol} has no ports.",
            type="SecurityGroupInvalidProtocolForPort",
        )
    elif low is None or high is None or low > high:
        raise BadRequest(
            "For TCP/UDP protocols, port_range_min must be <= port_range_max",
            type="SecurityGroupInvalidPortRange",
        )
    return low, high


def _port(attrs: Attrs, key: str) -> int | None:
    try:
        port: int | None = attributes.integer(attrs, key, None, 0, 65535)
    except BadRequest:
        raise BadRequest(
            f"Invalid value for port {attrs[key]}: {key} is from 0 to 65535.",
            type="SecurityGroupInvalidPortValue",
        ) from None
    return port
