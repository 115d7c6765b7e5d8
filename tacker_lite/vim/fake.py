"""An in-memory VIM for tests and trials: type ``fake``, nothing is ever built.

Each ``auth_url`` is one :class:`FakeCloud` of this process.  Its query sets how the
cloud behaves, as in ``fake://edge-1?delay=0.5&regions=north,south``::

    delay      seconds from an operation until it is done (default 0)
    regions    region ids (default RegionOne)
    password   the only password accepted (default: any)

A test in the same process can also make it misbehave::

    FakeCloud.at("fake://edge-1").fail("apply", TemporaryVimError(...), times=2)
    FakeCloud.at("fake://edge-1").lose_answer("apply")
"""

from __future__ import annotations

import collections
import hashlib
import ipaddress
import json
import threading
import time
import urllib.parse
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tacker_lite import exceptions
from tacker_lite.tosca.model import ScalingPolicy, VnfTemplate
from tacker_lite.vim.base import (
    Handle,
    Phase,
    Resource,
    Status,
    VduStatus,
    Vim,
    VimDriver,
    VimInfo,
)

SCHEME = "fake"
ADDRESSES = ipaddress.ip_network("198.18.0.0/15")


@dataclass
class FakeStack:
    """What one ``apply`` made.

    :ivar done_at: value of ``time.monotonic`` when the operation is over.
    """

    name: str
    template: VnfTemplate
    done_at: float
    deleting: bool = False
    failure: str = ""


@dataclass
class FakeCloud:
    """One VIM that exists in this process's memory alone.

    :ivar delay: seconds from an operation until it is done.
    :ivar password: the only one accepted, or ``""`` for any.
    :ivar failure: reason with which every new stack fails, or ``""``.
    :ivar delete_failure: reason with which every deletion fails, or ``""``.
    :ivar calls: how often each driver method was called.
    """

    auth_url: str
    delay: float = 0.0
    regions: tuple[str, ...] = ("RegionOne",)
    password: str = ""
    failure: str = ""
    delete_failure: str = ""
    calls: collections.Counter = field(default_factory=collections.Counter)
    stacks: dict[Handle, FakeStack] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _faults: dict[str, collections.deque] = field(default_factory=dict, repr=False)
    _lost: collections.Counter = field(default_factory=collections.Counter, repr=False)

    @classmethod
    def at(cls, auth_url: str) -> FakeCloud:
        """The cloud at ``auth_url``, made on first use.

        :raises ValueError: when the URL is not one of a fake cloud.
        """
        with _registry_lock:
            if auth_url not in _registry:
                _registry[auth_url] = cls._from_url(auth_url)
            return _registry[auth_url]

    @classmethod
    def forget(cls, auth_url: str) -> None:
        """Drop the cloud at ``auth_url`` with everything in it."""
        with _registry_lock:
            _registry.pop(auth_url, None)

    @classmethod
    def _from_url(cls, auth_url: str) -> FakeCloud:
        parts = urllib.parse.urlsplit(auth_url)
        if parts.scheme != SCHEME or not parts.netloc:
            raise ValueError(
                "auth_url of a fake VIM must look like fake://name?delay=1"
            )
        wishes = dict(urllib.parse.parse_qsl(parts.query))
        unknown = set(wishes) - {"delay", "regions", "password"}
        if unknown:
            raise ValueError(f"auth_url of a fake VIM: unknown {sorted(unknown)}")
        return cls(
            auth_url,
            delay=float(wishes.get("delay", 0)),
            regions=tuple(wishes.get("regions", "RegionOne").split(",")),
            password=wishes.get("password", ""),
        )

    def fail(self, operation: str, error: Exception, times: int = 1) -> None:
        """Raise ``error`` from the next calls of a driver method, doing nothing.

        :param operation: name of the method, such as ``apply``.
        """
        with self.lock:
            queue = self._faults.setdefault(operation, collections.deque())
            queue.extend([error] * times)

    def lose_answer(self, operation: str, times: int = 1) -> None:
        """Let the next calls do their work and then time out."""
        with self.lock:
            self._lost[operation] += times

    def begin(self, operation: str) -> None:
        """Called first by each driver method; raises what ``fail`` ordered."""
        with self.lock:
            self.calls[operation] += 1
            if self._faults.get(operation):
                raise self._faults[operation].popleft()

    def end(self, operation: str, vim: Vim) -> None:
        """Called last by each driver method that changes something."""
        with self.lock:
            if self._lost[operation]:
                self._lost[operation] -= 1
                raise exceptions.VimTimeout(vim=vim.name, reason="the answer was lost")

    def live(self, handle: Handle) -> FakeStack | None:
        """The stack behind ``handle`` unless its deletion is done."""
        with self.lock:
            stack = self.stacks.get(handle)
            if stack and stack.deleting and time.monotonic() >= stack.done_at:
                del self.stacks[handle]
                return None
            return stack

    def named(self, name: str) -> Handle | None:
        """Handle of the live stack called ``name``."""
        with self.lock:
            for handle, stack in list(self.stacks.items()):
                if stack.name == name and self.live(handle):
                    return handle
        return None


_registry: dict[str, FakeCloud] = {}
_registry_lock = threading.Lock()


class FakeDriver(VimDriver):
    """Pretends to build VNFs in a :class:`FakeCloud`; keeps no secret."""

    type = "fake"

    def verify(self, vim: Vim) -> VimInfo:
        return VimInfo(self._cloud(vim, "verify").regions)

    def check(self, template: VnfTemplate) -> Mapping[str, str]:
        return {"fake_template": json.dumps(template.document, default=str, indent=2)}

    def find(self, vim: Vim, name: str) -> Handle | None:
        return self._cloud(vim, "find").named(name)

    def apply(
        self,
        vim: Vim,
        name: str,
        template: VnfTemplate,
        handle: Handle | None = None,
    ) -> Handle:
        cloud = self._cloud(vim, "apply")
        with cloud.lock:
            if handle is not None and cloud.live(handle) is None:
                raise exceptions.VimRejected(
                    vim=vim.name, reason=f"fake stack {handle} does not exist any more"
                )
            known = handle or cloud.named(name)
            if known is None or handle is not None:
                done_at = time.monotonic() + cloud.delay
                known = known or str(uuid.uuid4())
                cloud.stacks[known] = FakeStack(
                    name, template, done_at, failure=cloud.failure
                )
        cloud.end("apply", vim)
        return known

    def status(self, vim: Vim, handle: Handle) -> Status:
        stack = self._cloud(vim, "status").live(handle)
        if stack is None:
            return Status(Phase.GONE)
        if time.monotonic() < stack.done_at:
            return Status(Phase.BUILDING)
        if stack.failure:
            return Status(Phase.FAILED, stack.failure)
        sizes = _sizes(stack.template)
        return Status(
            Phase.READY, vdus=_vdus(handle, stack.template, sizes), sizes=sizes
        )

    def delete(self, vim: Vim, handle: Handle) -> None:
        cloud = self._cloud(vim, "delete")
        with cloud.lock:
            stack = cloud.live(handle)
            if stack and not stack.deleting:
                stack.deleting = not cloud.delete_failure
                stack.failure = cloud.delete_failure
                stack.done_at = time.monotonic() + cloud.delay
        cloud.end("delete", vim)

    def resources(self, vim: Vim, handle: Handle) -> Sequence[Resource]:
        stack = self._cloud(vim, "resources").live(handle)
        if stack is None:
            return ()
        copies = _copies(stack.template, _sizes(stack.template))
        kinds: list[tuple[str, str | None, str]]
        kinds = [(vdu.name, vdu.name, "Fake::Server") for vdu in stack.template.vdus]
        kinds += [
            (cp.name, cp.vdu, "Fake::Port") for cp in stack.template.connection_points
        ]
        return tuple(
            Resource(str(uuid.uuid5(uuid.UUID(handle), f"{name}{copy}")), name, kind)
            for name, vdu, kind in kinds
            for copy in copies.get(vdu, [""])
        )

    def _cloud(self, vim: Vim, operation: str) -> FakeCloud:
        """The VIM's cloud, once it let the VIM's user in."""
        try:
            cloud = FakeCloud.at(vim.auth_url)
        except ValueError as error:
            raise exceptions.VimUnreachable(vim=vim.name, reason=str(error)) from error
        cloud.begin(operation)
        if cloud.password and vim.credentials.get("password") != cloud.password:
            raise exceptions.VimUnauthorized(
                vim=vim.name, reason="the fake VIM does not accept the password"
            )
        if vim.region and vim.region not in cloud.regions:
            raise exceptions.VimRejected(
                vim=vim.name,
                reason=f"region {vim.region} is unknown; "
                f"regions: {', '.join(cloud.regions)}",
            )
        return cloud


def _sizes(template: VnfTemplate) -> dict[str, int]:
    """Copies that there are, by scaling policy."""
    return {
        policy.name: template.sizes.get(policy.name, policy.default_instances)
        for policy in template.policies_of(ScalingPolicy)
    }


def _copies(
    template: VnfTemplate, sizes: Mapping[str, int]
) -> dict[str | None, list[str]]:
    """What the names of the copies of each scaled VDU end with."""
    return {
        vdu: [f"-{number}" for number in range(sizes[policy.name])]
        for policy in template.policies_of(ScalingPolicy)
        for vdu in policy.targets
    }


def _vdus(
    handle: Handle, template: VnfTemplate, sizes: Mapping[str, int]
) -> tuple[VduStatus, ...]:
    """A management address for each copy of a VDU that has a management CP.

    The fixed one of the descriptor, else one of the benchmarking range, always the
    same for the same copy of the same stack.
    """
    copies = _copies(template, sizes)
    found = []
    for cp in template.connection_points:
        if not cp.management or not cp.vdu:
            continue
        fixed = cp.properties.get("ip_address")
        addresses = tuple(
            fixed if isinstance(fixed, str) else _address(handle, f"{cp.name}{copy}")
            for copy in copies.get(cp.vdu, [""])
        )
        found.append(VduStatus(cp.vdu, addresses, cp.vdu in copies))
    return tuple(sorted(found, key=lambda vdu: vdu.name))


def _address(handle: Handle, name: str) -> str:
    digest = hashlib.sha256(f"{handle}/{name}".encode()).digest()
    offset = int.from_bytes(digest[:4], "big") % (ADDRESSES.num_addresses - 2)
    return str(ADDRESSES[1 + offset])
