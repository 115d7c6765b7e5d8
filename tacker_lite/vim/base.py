"""The contract between the conductor and a VIM driver.

To add a driver: subclass :class:`VimDriver` in ``vim/<name>/driver.py``, render in
a pure module of its own, put its options in ``conf/vim_<name>.py``, add an entry
point under ``tacker_lite.vim_drivers`` in ``setup.cfg`` and a registration under
``samples/vim/``, and run ``tests/unit/vim/contract.py`` against it.  A driver
outside this tree needs the entry point alone.

A driver applies a desired state and returns at once; only the conductor waits.  All
arguments and results are plain values: a driver sees no request, row or RPC.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from oslo_config import cfg

from tacker_lite import exceptions
from tacker_lite.tosca.model import VnfTemplate

Handle = str
"""The driver's own opaque id of what it made (for Heat, the stack id)."""


@dataclass(frozen=True)
class Vim:
    """A registered infrastructure, with everything needed to reach it.

    :ivar project: the registration's ``vim_project``.
    :ivar credentials: the registration's ``auth_cred``, decrypted; never printed.
    :ivar region: region to work in, or None for the VIM's only or first one.
    """

    id: str
    name: str
    type: str
    auth_url: str
    project: Mapping[str, Any]
    credentials: Mapping[str, Any] = field(repr=False)
    region: str | None = None


@dataclass(frozen=True)
class VimInfo:
    """What verification learned of a VIM."""

    regions: tuple[str, ...]


class Phase(str, enum.Enum):
    """How far the work behind a handle has come."""

    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True)
class VduStatus:
    """Management addresses of one VDU; several when the VDU is scaled."""

    name: str
    addresses: tuple[str, ...] = ()
    scaled: bool = False


@dataclass(frozen=True)
class Status:
    """Answer to :meth:`VimDriver.status`.

    :ivar reason: why it failed, in words an operator can act on.
    :ivar sizes: copies that there are, by scaling policy; empty while that is not
        known.
    """

    phase: Phase
    reason: str = ""
    vdus: tuple[VduStatus, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Resource:
    """One thing the VIM made for a VNF."""

    id: str
    name: str
    type: str


class VimDriver(abc.ABC):
    """One kind of infrastructure.

    Methods raise :class:`~tacker_lite.exceptions.TemporaryVimError` when the same
    call may succeed later, and :class:`~tacker_lite.exceptions.PermanentVimError`
    when it cannot.
    """

    type: str

    def __init__(self, conf: cfg.ConfigOpts):
        self.conf = conf

    @abc.abstractmethod
    def verify(self, vim: Vim) -> VimInfo:
        """Prove that the credentials work and list the regions.

        Runs inside the API request, so it must be bounded in time.
        """

    @abc.abstractmethod
    def check(self, template: VnfTemplate) -> Mapping[str, str]:
        """Refuse what this driver cannot build; contacts nothing.

        Of a ``partial`` template it tells the problems alone.

        :returns: the rendered documents by attribute name (``heat_template`` ...),
            as ``vnf show`` presents them.
        :raises InvalidInput: naming the node and the remedy.
        """

    @abc.abstractmethod
    def find(self, vim: Vim, name: str) -> Handle | None:
        """The handle of what an earlier ``apply`` under ``name`` made, if any.

        Covers the loss of an answer: a crash between the VIM's work and our row.
        """

    @abc.abstractmethod
    def apply(
        self,
        vim: Vim,
        name: str,
        template: VnfTemplate,
        handle: Handle | None = None,
    ) -> Handle:
        """Start making the VIM agree with ``template``; do not wait.

        Idempotent by ``name``: what exists under it already is adopted.
        """

    @abc.abstractmethod
    def status(self, vim: Vim, handle: Handle) -> Status:
        """How the work behind ``handle`` stands now."""

    def statuses(self, vim: Vim, handles: Sequence[Handle]) -> Mapping[Handle, Status]:
        """How the work behind each handle stands now.

        A driver that can ask for many at once should: the reconcile loop calls
        this.  A handle missing from the answer is to be asked for again later.
        """
        return {handle: self.status(vim, handle) for handle in handles}

    @abc.abstractmethod
    def delete(self, vim: Vim, handle: Handle) -> None:
        """Start removing everything behind ``handle``; gone already is fine."""

    @abc.abstractmethod
    def resources(self, vim: Vim, handle: Handle) -> Sequence[Resource]:
        """What the VIM made for ``handle``."""

    def heal(self, vim: Vim, handle: Handle, vdus: Sequence[str]) -> None:
        """Rebuild the named VDUs.  Optional."""
        raise exceptions.Unsupported(type=self.type, operation="heal")
