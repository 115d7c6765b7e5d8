"""The contract for what a PoP runs beside servers: routers and load balancers.

Every call is idempotent, as those of :class:`~.base.Runtime` are.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Callable, Collection, Mapping
from dataclasses import astuple, dataclass, field

from tacker_lite.pop.runtime.base import PortSpec


@dataclass(frozen=True)
class RouterSpec:
    """A router of a project, or the PoP's own.

    :ivar ports: its legs, without those of the PoP's own router.
    :ivar outer_port_id: the leg that leads out; empty: there is none.
    :ivar outer_address: what leaves by that leg has this address; empty: its own.
    :ivar floating: pairs of a floating address and the fixed one it leads to.
    :ivar cidrs: prefixes of its inner legs.
    :ivar of_topology: the PoP's own router.
    :ivar routes: pairs of a prefix and the address on a leg's network that leads to it.
    """

    id: str
    pop: str
    ports: tuple[PortSpec, ...] = ()
    outer_port_id: str = ""
    outer_address: str = ""
    floating: tuple[tuple[str, str], ...] = ()
    cidrs: tuple[str, ...] = ()
    of_topology: bool = False
    routes: tuple[tuple[str, str], ...] = ()


class RouterRuntime(abc.ABC):
    """One way to run the routers of projects."""

    @abc.abstractmethod
    def check(self) -> None:
        """:raises RuntimeFault: naming what this machine lacks for a router."""

    @abc.abstractmethod
    def ensure(self, router: RouterSpec) -> None:
        """Make the router exist with just these legs and addresses."""

    @abc.abstractmethod
    def delete(self, router_id: str) -> None:
        """Remove the router; gone already is fine."""

    @abc.abstractmethod
    def prune(self, routers: Collection[str]) -> None:
        """Remove every router of this lab that is not named here."""


class Health(str, enum.Enum):
    """What a load balancer says of a member."""

    UP = "up"
    DOWN = "down"
    DRAINING = "draining"
    DISABLED = "disabled"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class MemberSpec:
    """One who answers behind a load balancer.

    :ivar weight: 0 takes no new connections.
    :ivar backup: only asked when no other answers.
    """

    id: str
    address: str
    port: int
    weight: int = 1
    backup: bool = False
    monitor_address: str = ""
    monitor_port: int = 0
    enabled: bool = True


@dataclass(frozen=True)
class MonitorSpec:
    """How members are checked; times in seconds.

    :ivar type: HTTP, HTTPS, TCP or TLS-HELLO.
    :ivar rise: answers in a row after which a member is up.
    :ivar fall: failures in a row after which it is down.
    """

    type: str
    delay: int
    timeout: int
    rise: int
    fall: int
    http_method: str = "GET"
    url_path: str = "/"
    expected_codes: str = "200"


@dataclass(frozen=True)
class PoolSpec:
    """Members that share the work.

    :ivar algorithm: ROUND_ROBIN, LEAST_CONNECTIONS or SOURCE_IP.
    :ivar persistence: SOURCE_IP, HTTP_COOKIE, APP_COOKIE or empty.
    :ivar proxy: version of the PROXY protocol by which members are told of the
        client; 0: they are not.
    """

    id: str
    http: bool
    algorithm: str
    members: tuple[MemberSpec, ...] = ()
    monitor: MonitorSpec | None = None
    persistence: str = ""
    cookie_name: str = ""
    proxy: int = 0


@dataclass(frozen=True)
class RuleSpec:
    """What a request must be; names as in the load-balancing API.

    :ivar key: name of the header or cookie.
    """

    id: str
    type: str
    compare_type: str
    value: str
    key: str = ""
    invert: bool = False


@dataclass(frozen=True)
class PolicySpec:
    """What happens to requests that match all rules.

    :ivar action: REJECT, REDIRECT_TO_POOL, REDIRECT_TO_URL or REDIRECT_PREFIX.
    :ivar target: the pool's id, the URL or the prefix.
    """

    id: str
    action: str
    rules: tuple[RuleSpec, ...]
    target: str = ""
    http_code: int = 302


@dataclass(frozen=True)
class ListenerSpec:
    """A port that a load balancer listens on; times in milliseconds.

    :ivar connection_limit: -1: none.
    :ivar allowed_cidrs: who may connect; empty: everybody.
    :ivar policies: in their order.
    """

    id: str
    port: int
    http: bool
    pool_id: str = ""
    connection_limit: int = -1
    client_timeout: int = 50000
    connect_timeout: int = 5000
    member_timeout: int = 50000
    forwarded_headers: tuple[str, ...] = ()
    allowed_cidrs: tuple[str, ...] = ()
    policies: tuple[PolicySpec, ...] = ()


@dataclass(frozen=True)
class LoadBalancerSpec:
    """A load balancer.

    :ivar ports: its legs; the first has the address that clients use.
    """

    id: str
    pop: str
    name: str
    vip_address: str
    ports: tuple[PortSpec, ...] = ()
    listeners: tuple[ListenerSpec, ...] = ()
    pools: tuple[PoolSpec, ...] = ()


@dataclass(frozen=True)
class Traffic:
    """What has gone through a listener so far."""

    active_connections: int = 0
    total_connections: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    request_errors: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Traffic(*(one + another for one, another in pairs))


@dataclass(frozen=True)
class Observation:
    """A load balancer as it is now.

    :ivar running: whether it takes connections.
    :ivar members: their health by pool and member id.
    :ivar traffic: by listener id.
    """

    running: bool
    members: Mapping[tuple[str, str], Health] = field(default_factory=dict)
    traffic: Mapping[str, Traffic] = field(default_factory=dict)


class LoadBalancerRuntime(abc.ABC):
    """One way to run load balancers.

    :ivar provider: what the API calls it.
    """

    provider: str

    @abc.abstractmethod
    def check(self) -> None:
        """:raises RuntimeFault: naming what this machine lacks for a load balancer."""

    @abc.abstractmethod
    def ensure(self, balancer: LoadBalancerSpec) -> None:
        """Make the load balancer run with just this; connections go on."""

    @abc.abstractmethod
    def restart(self, balancer: LoadBalancerSpec) -> None:
        """Run it anew, whatever state it is in."""

    @abc.abstractmethod
    def delete(self, balancer_id: str) -> None:
        """End and remove the load balancer; gone already is fine."""

    @abc.abstractmethod
    def observe(self, balancer_id: str) -> Observation:
        """What the load balancer says now."""

    @abc.abstractmethod
    def prune(self, balancers: Collection[str]) -> None:
        """Remove every load balancer of this lab that is not named here."""

    @abc.abstractmethod
    def watch(self, ended: Callable[[str], None]) -> None:
        """From now on tell of every load balancer that ends though nobody asked.

        :param ended: called with its id, from a thread of the runtime; must not block.
        """
