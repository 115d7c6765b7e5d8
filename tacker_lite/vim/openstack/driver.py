"""VIM driver for OpenStack: one Heat stack for each VNF."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from oslo_config import cfg

from tacker_lite import exceptions
from tacker_lite.tosca.model import VnfTemplate
from tacker_lite.vim.base import Handle, Resource, Status, Vim, VimDriver, VimInfo
from tacker_lite.vim.openstack import stacks

if TYPE_CHECKING:
    from tacker_lite.vim.openstack import hot, session
    from tacker_lite.vim.openstack.heat import Heat

LOG = logging.getLogger(__name__)


class OpenStackDriver(VimDriver):
    """Speaks Identity v3 and Orchestration v1.

    The handle is the stack's id.  Heat refuses a second stack of the same name in a
    project, so a create can be sent again and what exists is adopted; where two
    creates overlapped, :meth:`status` and :meth:`delete` remove the double.
    """

    type = "openstack"

    def __init__(self, conf: cfg.ConfigOpts):
        super().__init__(conf)
        self._options = conf.vim_openstack
        self._loading = threading.Lock()
        self._loaded_clouds: session.Clouds | None = None

    def verify(self, vim: Vim) -> VimInfo:
        with self._clouds().connected(vim, "Identity") as cloud:
            return VimInfo(cloud.regions())

    def check(self, template: VnfTemplate) -> Mapping[str, str]:
        rendered = self._render(template)
        return {"heat_template": rendered.text, **rendered.files}

    def find(self, vim: Vim, name: str) -> Handle | None:
        with self._heat(vim) as heat:
            stack = heat.find(stacks.legal_name(name))
            return stack.id if stack else None

    def apply(
        self,
        vim: Vim,
        name: str,
        template: VnfTemplate,
        handle: Handle | None = None,
    ) -> Handle:
        body = self._body(template)
        if handle is None:
            return self._create(vim, name, body)
        with self._heat(vim) as heat:
            stack = heat.one(handle)
            if stack is None:
                raise exceptions.VimRejected(
                    vim=vim.name, reason=f"stack {handle} does not exist any more"
                )
            heat.update(stack, body)
        return handle

    def status(self, vim: Vim, handle: Handle) -> Status:
        with self._heat(vim) as heat:
            return heat.status(heat.one(handle))

    def statuses(self, vim: Vim, handles: Sequence[Handle]) -> Mapping[Handle, Status]:
        with self._heat(vim) as heat:
            known = {stack.id: stack for stack in heat.several(handles)}
        found: dict[Handle, Status] = {}
        for handle in handles:
            try:
                with self._heat(vim) as heat:
                    found[handle] = heat.status(known.get(handle))
            except exceptions.TemporaryVimError as error:
                LOG.warning("Status of stack %s is not known now: %s", handle, error)
                if isinstance(
                    error, (exceptions.VimUnreachable, exceptions.VimTimeout)
                ):
                    break
        return found

    def delete(self, vim: Vim, handle: Handle) -> None:
        with self._heat(vim) as heat:
            heat.delete(handle)

    def resources(self, vim: Vim, handle: Handle) -> Sequence[Resource]:
        with self._heat(vim) as heat:
            return heat.resources(handle)

    def _create(self, vim: Vim, name: str, body: Mapping[str, Any]) -> Handle:
        try:
            with self._heat(vim) as heat:
                return heat.create(stacks.legal_name(name), body)
        except exceptions.TemporaryVimError as fault:
            # Only the answer may be lost: the stack may well be there.
            try:
                existing = self.find(vim, name)
            except exceptions.TemporaryVimError:
                raise fault from None
            if existing is None:
                raise
            LOG.info("Stack %s exists although its create failed: %s", name, fault)
            return existing

    def _body(self, template: VnfTemplate) -> dict[str, Any]:
        rendered = self._render(template)
        return {
            "template": rendered.text,
            "files": dict(rendered.files),
            "parameters": dict(rendered.parameters),
            "disable_rollback": True,
            "timeout_mins": self._options.stack_timeout,
        }

    def _render(self, template: VnfTemplate) -> hot.Hot:
        # The translator is large: load it with the first descriptor.
        from tacker_lite.vim.openstack import hot  # noqa: PLC0415

        return hot.render(template, extra_specs=self._options.flavor_extra_specs)

    @contextlib.contextmanager
    def _heat(self, vim: Vim) -> Iterator[Heat]:
        """Heat of ``vim``; what goes wrong inside is raised as a VimError."""
        with self._clouds().connected(vim) as cloud:
            yield cloud.heat(vim.region)

    def _clouds(self) -> session.Clouds:
        # So are the clients: load them with the first VIM.
        from tacker_lite.vim.openstack import session  # noqa: PLC0415

        with self._loading:
            if self._loaded_clouds is None:
                self._loaded_clouds = session.Clouds(self.conf)
            return self._loaded_clouds
