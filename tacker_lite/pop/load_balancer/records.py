"""What a PoP's load-balancer service keeps, as immutable records.

``provisioning_status`` is ACTIVE, ERROR or PENDING_CREATE, _UPDATE or _DELETE: whether
the runtime has followed.  Times of checks are in seconds, of connections in
milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LoadBalancer:
    """A load balancer.

    :ivar vip_port_id: the port with the address that clients use.
    :ivar vip_port_given: that port was there before, and stays.
    :ivar legs: further ports by network, towards members elsewhere.
    :ivar fault: why it is in ERROR.
    """

    id: str
    project_id: str
    name: str = ""
    description: str = ""
    vip_address: str = ""
    vip_port_id: str = ""
    vip_subnet_id: str = ""
    vip_network_id: str = ""
    vip_port_given: bool = False
    legs: Mapping[str, str] = field(default_factory=dict)
    admin_state_up: bool = True
    provisioning_status: str = "PENDING_CREATE"
    fault: str = ""
    tags: list[str] = field(default_factory=list)
    created_at: str = ""
    updated_at: str | None = None


@dataclass(frozen=True)
class Listener:
    """A port that a load balancer takes connections on."""

    id: str
    project_id: str
    load_balancer_id: str
    protocol: str
    protocol_port: int
    name: str = ""
    description: str = ""
    default_pool_id: str | None = None
    connection_limit: int = -1
    timeout_client_data: int = 50000
    timeout_member_connect: int = 5000
    timeout_member_data: int = 50000
    insert_headers: Mapping[str, str] = field(default_factory=dict)
    allowed_cidrs: list[str] = field(default_factory=list)
    admin_state_up: bool = True
    provisioning_status: str = "PENDING_CREATE"
    tags: list[str] = field(default_factory=list)
    created_at: str = ""
    updated_at: str | None = None


@dataclass(frozen=True)
class Pool:
    """Members that share work.

    :ivar session_persistence: ``type`` and ``cookie_name``, or None.
    """

    id: str
    project_id: str
    load_balancer_id: str
    protocol: str
    lb_algorithm: str
    name: str = ""
    description: str = ""
    session_persistence: Mapping[str, str] | None = None
    admin_state_up: bool = True
    provisioning_status: str = "PENDING_CREATE"
    tags: list[str] = field(default_factory=list)
    created_at: str = ""
    updated_at: str | None = None


@dataclass(frozen=True)
class Member:
    """One who answers."""

    id: str
    project_id: str
    load_balancer_id: str
    pool_id: str
    address: str
    protocol_port: int
    name: str = ""
    weight: int = 1
    subnet_id: str | None = None
    backup: bool = False
    monitor_address: str | None = None
    monitor_port: int | None = None
    admin_state_up: bool = True
    provisioning_status: str = "PENDING_CREATE"
    tags: list[str] = field(default_factory=list)
    created_at: str = ""
    updated_at: str | None = None


@dataclass(frozen=True)
class HealthMonitor:
    """How the members of a pool are checked."""

    id: str
    project_id: str
    load_balancer_id: str
    pool_id: str
    type: str
    delay: int
    timeout: int
    max_retries: int
    max_retries_down: int = 3
    http_method: str | None = None
    url_path: str | None = None
    expected_codes: str | None = None
    name: str = ""
    admin_state_up: bool = True
    provisioning_status: str = "PENDING_CREATE"
    tags: list[str] = field(default_factory=list)
    created_at: str = ""
    updated_at: str | None = None


@dataclass(frozen=True)
class L7Policy:
    """What a listener does with some requests instead of passing them on.

    :ivar action: REJECT, REDIRECT_TO_POOL, REDIRECT_TO_URL or REDIRECT_PREFIX.
    :ivar position: from 1 on, among the listener's policies.
    """

    id: str
    project_id: str
    load_balancer_id: str
    listener_id: str
    action: str
    position: int = 1
    redirect_pool_id: str | None = None
    redirect_url: str | None = None
    redirect_prefix: str | None = None
    redirect_http_code: int | None = None
    name: str = ""
    description: str = ""
    admin_state_up: bool = True
    provisioning_status: str = "PENDING_CREATE"
    tags: list[str] = field(default_factory=list)
    created_at: str = ""
    updated_at: str | None = None


@dataclass(frozen=True)
class L7Rule:
    """What requests a policy is for; all of its rules must match.

    :ivar type: HOST_NAME, PATH, FILE_TYPE, HEADER or COOKIE.
    :ivar key: name of the header or cookie.
    :ivar invert: it matches what the rest does not.
    """

    id: str
    project_id: str
    load_balancer_id: str
    policy_id: str
    type: str
    compare_type: str
    value: str
    key: str | None = None
    invert: bool = False
    admin_state_up: bool = True
    provisioning_status: str = "PENDING_CREATE"
    tags: list[str] = field(default_factory=list)
    created_at: str = ""
    updated_at: str | None = None


@dataclass(frozen=True)
class Quota:
    """How many objects a project may have.

    :ivar id: of the project.
    :ivar limits: by kind; -1: no end.
    """

    id: str
    limits: Mapping[str, int] = field(default_factory=dict)
