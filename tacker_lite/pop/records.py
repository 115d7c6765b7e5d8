"""What a PoP's cloud keeps, as immutable records.

A record is never changed in place: a service stores a new one, so that whoever holds an
old one (a face rendering an answer) sees a consistent picture without any lock.
Times are ISO 8601 in UTC with a trailing ``Z``; memory is in MiB, disk in GiB.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def new_id() -> str:
    """A fresh id in the form that OpenStack services use."""
    return str(uuid.uuid4())


def now() -> str:
    """The present time as the APIs write it."""
    moment = datetime.datetime.now(datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Project:
    """Owner of resources."""

    id: str
    name: str
    description: str = ""
    enabled: bool = True
    domain_id: str = "default"


@dataclass(frozen=True)
class User:
    """Somebody with a password and roles in projects.

    :ivar password: salted hash, never the password itself.
    :ivar roles: role names by project id.
    """

    id: str
    name: str
    password: str = field(repr=False)
    roles: Mapping[str, list[str]] = field(default_factory=dict)
    default_project_id: str = ""
    description: str = ""
    email: str = ""
    enabled: bool = True
    domain_id: str = "default"


@dataclass(frozen=True)
class Token:
    """A validated token; not stored, its id proves itself.

    :ivar project: None for an unscoped token.
    :ivar catalog: as in the API's answer; empty for an unscoped token.
    :ivar application_credential: ``id``, ``name`` and ``restricted`` of the one that
        it was issued for.
    """

    id: str = field(repr=False)
    user: User
    project: Project | None
    roles: tuple[str, ...]
    methods: tuple[str, ...]
    audit_id: str
    issued_at: str
    expires_at: str
    catalog: list[dict[str, Any]] = field(default_factory=list)
    application_credential: Mapping[str, Any] | None = None

    @property
    def is_admin(self) -> bool:
        """Whether the bearer may see and do everything in the PoP."""
        return "admin" in self.roles


@dataclass(frozen=True)
class Network:
    """A layer-2 segment.

    :ivar routed: the PoP's router has a leg on it (networks of the topology file).
    :ivar provider: ``provider:*`` attributes as given by an administrator.
    """

    id: str
    project_id: str
    name: str = ""
    description: str = ""
    admin_state_up: bool = True
    shared: bool = False
    external: bool = False
    routed: bool = False
    port_security_enabled: bool = True
    mtu: int = 1500
    provider: Mapping[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    status: str = "ACTIVE"
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class Subnet:
    """Addresses of a network.

    :ivar allocation_pools: list of ``{"start": address, "end": address}``.
    :ivar gateway_ip: None when the subnet has no gateway.
    """

    id: str
    project_id: str
    network_id: str
    cidr: str
    name: str = ""
    description: str = ""
    ip_version: int = 4
    gateway_ip: str | None = None
    enable_dhcp: bool = True
    allocation_pools: list[dict[str, str]] = field(default_factory=list)
    dns_nameservers: list[str] = field(default_factory=list)
    host_routes: list[dict[str, str]] = field(default_factory=list)
    ipv6_address_mode: str | None = None
    ipv6_ra_mode: str | None = None
    tags: list[str] = field(default_factory=list)
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class Port:
    """A leg on a network.

    :ivar fixed_ips: list of ``{"subnet_id": id, "ip_address": address}``.
    :ivar status: DOWN until the server it belongs to runs, then ACTIVE.
    :ivar created_by_server: made by the compute service, removed with the server.
    """

    id: str
    project_id: str
    network_id: str
    mac_address: str
    name: str = ""
    description: str = ""
    admin_state_up: bool = True
    fixed_ips: list[dict[str, str]] = field(default_factory=list)
    device_id: str = ""
    device_owner: str = ""
    security_groups: list[str] = field(default_factory=list)
    allowed_address_pairs: list[dict[str, str]] = field(default_factory=list)
    port_security_enabled: bool = True
    binding_host_id: str = ""
    binding_vnic_type: str = "normal"
    binding_profile: Mapping[str, Any] = field(default_factory=dict)
    extra_dhcp_opts: list[dict[str, Any]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    status: str = "DOWN"
    created_by_server: bool = False
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class Router:
    """A router; its legs are ports with its id as their device.

    :ivar external_network_id: where its gateway is, or None.
    :ivar enable_snat: whether what leaves has the gateway's address.
    :ivar of_topology: the PoP's own, which joins the networks of the topology file.
    :ivar routes: further ways, list of ``{"destination": prefix, "nexthop": address}``.
    """

    id: str
    project_id: str
    name: str = ""
    description: str = ""
    admin_state_up: bool = True
    external_network_id: str | None = None
    enable_snat: bool = True
    of_topology: bool = False
    routes: list[dict[str, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    status: str = "ACTIVE"
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class FloatingIp:
    """An address of an external network that leads to a port's own.

    :ivar port_id: the port it leads to, or None; ``fixed_ip_address`` which of its
        addresses; ``router_id`` the router on the way.
    :ivar status: ACTIVE while the machine carries it, DOWN else, ERROR when it cannot.
    """

    id: str
    project_id: str
    floating_network_id: str
    floating_ip_address: str
    port_id: str | None = None
    fixed_ip_address: str | None = None
    router_id: str | None = None
    description: str = ""
    tags: list[str] = field(default_factory=list)
    status: str = "DOWN"
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class SecurityGroup:
    """A named set of rules for what reaches ports and what leaves them."""

    id: str
    project_id: str
    name: str = ""
    description: str = ""
    stateful: bool = True
    tags: list[str] = field(default_factory=list)
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class SecurityGroupRule:
    """One rule of a security group."""

    id: str
    project_id: str
    security_group_id: str
    direction: str
    ethertype: str = "IPv4"
    protocol: str | None = None
    port_range_min: int | None = None
    port_range_max: int | None = None
    remote_ip_prefix: str | None = None
    remote_group_id: str | None = None
    description: str = ""
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class Image:
    """An image; its data, when uploaded, is a file in the lab's state directory.

    :ivar status: queued, saving or active.
    :ivar size: bytes, None before there is data.
    :ivar location: URL of a web image, only recorded.
    :ivar of_server: its data is what the runtime saved of a server's disk.
    :ivar properties: every further property by name.
    """

    id: str
    project_id: str
    name: str | None = None
    status: str = "queued"
    visibility: str = "shared"
    disk_format: str | None = None
    container_format: str | None = None
    min_disk: int = 0
    min_ram: int = 0
    size: int | None = None
    checksum: str | None = None
    os_hash_algo: str | None = None
    os_hash_value: str | None = None
    os_hidden: bool = False
    protected: bool = False
    location: str | None = None
    of_server: bool = False
    tags: list[str] = field(default_factory=list)
    properties: Mapping[str, Any] = field(default_factory=dict)
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class Flavor:
    """Size of a server: ``ram`` and ``swap`` in MiB, ``disk`` and ``ephemeral`` in GiB.

    :ivar is_public: whether every project sees it.
    :ivar projects: ids of those that see it when it is not public.
    """

    id: str
    name: str
    vcpus: int
    ram: int
    disk: int
    ephemeral: int = 0
    swap: int = 0
    rxtx_factor: float = 1.0
    is_public: bool = True
    description: str | None = None
    extra_specs: Mapping[str, str] = field(default_factory=dict)
    projects: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Keypair:
    """A public key known by its name to one user of one project."""

    id: str
    project_id: str
    user_id: str
    name: str
    public_key: str
    fingerprint: str
    type: str = "ssh"
    created_at: str = ""


@dataclass(frozen=True)
class Server:
    """A virtual machine as the API shows it.

    Its addresses are those of its ports: see ``ComputeService.addresses``.

    :ivar status: BUILD, ACTIVE, SHUTOFF, PAUSED, SUSPENDED, REBOOT, HARD_REBOOT,
        REBUILD, RESIZE, VERIFY_RESIZE, REVERT_RESIZE, MIGRATING, ERROR or DELETING.
    :ivar task_state: what is being done to it now, or None.
    :ivar flavor: the flavor as it was at creation or at the last resize.
    :ivar public_key: the key of its key pair as it was at creation.
    :ivar host: the host it is on once it has been given room there, else empty.
    :ivar zone: the availability zone it was asked to stay in, or empty.
    :ivar locked_by: ``owner`` or ``admin`` while only an administrator may act on it.
    :ivar last_status: ACTIVE, SHUTOFF or another that it had before its task began.
    :ivar before: what a resize or migration is to be reverted to: ``flavor`` and
        ``host``; None when nothing waits to be confirmed.
    :ivar image_id: empty when there is none to name.
    :ivar user_data: base64, as given.
    :ivar port_ids: its ports in the order of its interfaces.
    :ivar fault: ``{"code", "message", "created"}`` of the last failure, or None.
    """

    id: str
    project_id: str
    user_id: str
    name: str
    flavor: Flavor
    image_id: str = ""
    status: str = "BUILD"
    task_state: str | None = "scheduling"
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    user_data: str = ""
    key_name: str | None = None
    public_key: str = ""
    availability_zone: str = "nova"
    zone: str = ""
    host: str = ""
    config_drive: bool = False
    security_groups: list[str] = field(default_factory=list)
    port_ids: list[str] = field(default_factory=list)
    fault: Mapping[str, Any] | None = None
    tags: list[str] = field(default_factory=list)
    locked_by: str = ""
    locked_reason: str | None = None
    last_status: str = ""
    before: Mapping[str, Any] | None = None
    created_at: str = ""
    updated_at: str = ""
    launched_at: str | None = None
