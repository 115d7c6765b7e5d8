"""OpenWrt routers: UCI configuration over SSH."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tacker_lite import exceptions
from tacker_lite.mgmt.base import MgmtDriver

if TYPE_CHECKING:
    import asyncssh

INIT_SCRIPTS = {
    "firewall": "firewall",
    "network": "network",
    "dhcp": "dnsmasq",
    "qos": "qos",
}
"""What is restarted after a service's configuration is imported."""

OTHER_KEYS = ("maintenance",)
"""Keys of a VNF's ``config`` which are not about VDUs' services."""


@dataclass(frozen=True)
class Instance:
    """A VDU instance and the UCI text by service that it shall have."""

    vdu: str
    address: str
    services: Mapping[str, str]


class OpenWrtDriver(MgmtDriver):
    """Feeds each service's text to ``uci import`` and restarts the service.

    Services are taken in the order written, instances at the same time.
    """

    def check(self, config: Mapping[str, Any], vdus: Collection[str]) -> None:
        """Refuse another form, services or VDUs than there are."""
        for vdu in _services(config):
            if vdu not in vdus:
                raise _invalid(
                    "", f'there is no VDU "{vdu}"; there are {", ".join(vdus)}'
                )

    def configure(
        self, addresses: Mapping[str, Sequence[str]], config: Mapping[str, Any]
    ) -> None:
        """Import and restart every service on every instance named in ``config``."""
        instances, failures = [], []
        for vdu, services in _services(config).items():
            if services and not addresses.get(vdu):
                failures.append(f"{vdu}: it has no management address")
            for address in addresses.get(vdu, ()):
                if services:
                    instances.append(Instance(vdu, address, services))
        failures += asyncio.run(self._configure_all(instances))
        if failures:
            reason = "; ".join(failures).replace("%", "(percent)")
            raise exceptions.MgmtError(reason=reason)

    async def _configure_all(self, instances: Sequence[Instance]) -> list[str]:
        slots = asyncio.Semaphore(self.conf.openwrt.connections)

        async def configure(instance: Instance) -> list[str]:
            async with slots:
                return await self._configure(instance)

        found = await asyncio.gather(*(configure(each) for each in instances))
        return [failure for failures in found for failure in failures]

    async def _configure(self, instance: Instance) -> list[str]:
        where = f"{instance.vdu} at {instance.address}"
        try:
            connection = await self._connect(instance.address)
        except _Failure as failure:
            return [f"{where}: {', '.join(instance.services)}: {failure}"]
        failures = []
        try:
            for service, text in instance.services.items():
                try:
                    await self._run(connection, f"uci import {service}", text)
                    script = INIT_SCRIPTS[service]
                    await self._run(connection, f"/etc/init.d/{script} restart")
                except _Failure as failure:
                    failures.append(f"{where}: {service}: {failure}")
        finally:
            connection.abort()
        return failures

    async def _connect(self, address: str) -> asyncssh.SSHClientConnection:
        import asyncssh  # noqa: PLC0415 - half a second, for who configures alone

        options = self.conf.openwrt
        keys = [options.private_key] if options.private_key else None
        known = options.known_hosts if options.host_keys == "known" else None
        if options.host_keys == "known" and not known:
            raise _Failure("[openwrt] host_keys = known needs known_hosts")
        try:
            return await asyncio.wait_for(
                asyncssh.connect(
                    address,
                    options.port,
                    username=options.user,
                    password=options.password,
                    client_keys=keys,
                    known_hosts=known,
                    agent_path=None,
                    config=None,
                ),
                options.connect_timeout,
            )
        except asyncio.TimeoutError:
            raise _Failure(
                f"no SSH session within {options.connect_timeout:g} seconds"
            ) from None
        except asyncssh.PermissionDenied:
            raise _Failure(
                f"user {options.user} is not let in; see password and private_key "
                "in [openwrt]"
            ) from None
        except asyncssh.HostKeyNotVerifiable:
            raise _Failure(f"its host key is not in {known}") from None
        except (OSError, ValueError, asyncssh.Error) as error:
            raise _Failure(f"no SSH session: {_words(error)}") from error

    async def _run(
        self, connection: asyncssh.SSHClientConnection, command: str, text: str = ""
    ) -> None:
        import asyncssh  # noqa: PLC0415 - as above

        limit = self.conf.openwrt.command_timeout
        try:
            # Not the library's own limit, which does not count the time to open a
            # session.  The output may repeat the configuration: it is not shown.
            result = await asyncio.wait_for(
                connection.run(command, input=text, errors="replace"), limit
            )
        except asyncio.TimeoutError:
            raise _Failure(f"{command} took more than {limit:g} seconds") from None
        except (OSError, asyncssh.Error) as error:
            raise _Failure(f"{command}: {_words(error)}") from error
        if result.exit_status != 0:
            status = result.returncode if result.returncode is not None else "none"
            raise _Failure(f"{command} ended with status {status}")


class _Failure(Exception):
    """Why one step on one instance did not work, in a few words."""


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _services(config: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    """Text by service by VDU.

    :raises InvalidInput: naming the key of what is not so; never a value.
    """
    unknown = set(config) - {"vdus", *OTHER_KEYS}
    if unknown:
        raise _invalid("", f'"{min(map(str, unknown))}" is not known; use vdus')
    result = {}
    for vdu, entry in _mapping(config.get("vdus"), "vdus").items():
        path = f"vdus {vdu}"
        unknown = set(_mapping(entry, path)) - {"config"}
        if unknown:
            raise _invalid(path, f'"{min(map(str, unknown))}" is not known; use config')
        services = _mapping((entry or {}).get("config"), f"{path} config")
        for service, text in services.items():
            if service not in INIT_SCRIPTS:
                known = ", ".join(INIT_SCRIPTS)
                raise _invalid(
                    f"{path} config", f'service "{service}" is not one of {known}'
                )
            if not isinstance(text, str) or not text.strip():
                raise _invalid(f"{path} config {service}", "must be UCI text")
        result[str(vdu)] = services
    return result


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _invalid(path, "must be a mapping")
    return value


def _invalid(path: str, reason: str) -> exceptions.InvalidInput:
    where = f"config {path}".strip()
    return exceptions.InvalidInput(f"{where}: {reason}".replace("%", "(percent)"))
