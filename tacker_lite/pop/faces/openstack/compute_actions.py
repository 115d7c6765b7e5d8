"""What a server can be asked to do in the compute API, and what was done to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.compute.action_log import Action
from tacker_lite.pop.faces.openstack import compute_schemas as schemas
from tacker_lite.pop.faces.openstack import compute_version
from tacker_lite.pop.faces.openstack import compute_views as views
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route

_Do = Callable[[Context, str, Any], Answer]


class NotOffered(errors.PopError):
    """The service has it, a lab does not."""

    status = 501


def act_on_server(ctx: Context, server_id: str) -> Answer:
    """Do the one thing of :data:`ACTIONS` that the body names."""
    if len(ctx.body) != 1:
        raise errors.BadRequest("Malformed request body")
    [(name, arguments)] = ctx.body.items()
    if name in _REFUSED:
        ctx.cloud.compute.find_server(ctx.reach, server_id)
        raise NotOffered(f"A lab does not offer {name}: {_REFUSED[name]}")
    action = ACTIONS.get(name)
    if action is None:
        raise errors.BadRequest(f"There is no such action: {name}")
    return action(ctx, server_id, arguments)


def _plain(method: str) -> _Do:
    """An action without arguments."""

    def act(ctx: Context, server_id: str, arguments: Any) -> Answer:
        if arguments:
            raise errors.BadRequest(f"The action takes no arguments, not {arguments}.")
        getattr(ctx.cloud.compute, method)(ctx.reach, server_id, by=ctx.caller)
        return 202, None

    return act


def _object(name: str, arguments: Any) -> dict[str, Any]:
    """An action's arguments.

    :raises BadRequest: when they are no object.
    """
    if not isinstance(arguments, dict):
        raise errors.BadRequest(
            f"Invalid input for field/attribute {name}. Value: {arguments}."
            f" {arguments!r} is not of type 'object'"
        )
    return arguments


def _reboot(ctx: Context, server_id: str, arguments: Any) -> Answer:
    kind = schemas.checked_action("reboot", arguments)["type"]
    hard = kind.upper() == "HARD"
    ctx.cloud.compute.reboot_server(ctx.reach, server_id, hard=hard, by=ctx.caller)
    return 202, None


def _lock(ctx: Context, server_id: str, arguments: Any) -> Answer:
    reason = None
    if arguments is not None:
        reason = _object("lock", arguments).get("locked_reason")
        if reason is not None and (not isinstance(reason, str) or len(reason) > 255):
            raise errors.BadRequest("'locked_reason' is a text of 1 to 255 characters.")
    ctx.cloud.compute.lock_server(ctx.reach, server_id, reason, by=ctx.caller)
    return 202, None


def _reset_state(ctx: Context, server_id: str, arguments: Any) -> Answer:
    ctx.require_admin("os_compute_api:os-admin-actions:reset_state")
    state = schemas.checked_action("os-resetState", arguments)["state"]
    ctx.cloud.compute.reset_state(server_id, state, by=ctx.caller)
    return 202, None


def _force_delete(ctx: Context, server_id: str, arguments: Any) -> Answer:
    ctx.cloud.compute.delete_server(ctx.reach, server_id, by=ctx.caller)
    return 202, None


def _rebuild(ctx: Context, server_id: str, arguments: Any) -> Answer:
    server = ctx.cloud.compute.rebuild_server(
        ctx.reach,
        server_id,
        schemas.checked_action("rebuild", arguments),
        by=ctx.caller,
    )
    return 202, {"server": views.server(ctx, server, compute_version.asked(ctx))}


def _resize(ctx: Context, server_id: str, arguments: Any) -> Answer:
    wanted = str(schemas.checked_action("resize", arguments)["flavorRef"])
    compute = ctx.cloud.compute
    compute.find_server(ctx.reach, server_id)
    try:
        flavor = compute.get_flavor(ctx.reach, wanted.rstrip("/").rpartition("/")[2])
    except errors.NotFound as error:
        raise errors.BadRequest(str(error)) from error
    compute.resize_server(ctx.reach, server_id, flavor, by=ctx.caller)
    return 202, None


def _confirm_resize(ctx: Context, server_id: str, arguments: Any) -> Answer:
    ctx.cloud.compute.confirm_resize(ctx.reach, server_id, by=ctx.caller)
    return 204, None


def _host(arguments: Any) -> str:
    host = arguments.get("host") if isinstance(arguments, dict) else None
    if host is not None and not isinstance(host, str):
        raise errors.BadRequest("'host' must be the name of a host.")
    return host or ""


def _migrate(ctx: Context, server_id: str, arguments: Any) -> Answer:
    ctx.require_admin("os_compute_api:os-migrate-server:migrate")
    compute = ctx.cloud.compute
    compute.migrate_server(server_id, _host(arguments), by=ctx.caller)
    return 202, None


def _live_migrate(ctx: Context, server_id: str, arguments: Any) -> Answer:
    ctx.require_admin("os_compute_api:os-migrate-server:migrate_live")
    host = _host(_object("os-migrateLive", arguments))
    ctx.cloud.compute.live_migrate_server(server_id, host, by=ctx.caller)
    return 202, None


def _evacuate(ctx: Context, server_id: str, arguments: Any) -> Answer:
    ctx.require_admin("os_compute_api:os-evacuate")
    host = _host(_object("evacuate", arguments))
    ctx.cloud.compute.evacuate_server(server_id, host, by=ctx.caller)
    return 200, ({} if compute_version.asked(ctx) < (2, 14) else None)


def _create_image(ctx: Context, server_id: str, arguments: Any) -> Answer:
    wanted = schemas.checked_action("createImage", arguments)
    ident = ctx.cloud.compute.create_server_image(
        ctx.reach, server_id, wanted, by=ctx.caller
    )
    if compute_version.asked(ctx) >= (2, 45):
        return 202, {"image_id": ident}
    return 202, None, {"Location": f"{ctx.root_url}/image/images/{ident}"}


def _console_output(ctx: Context, server_id: str, arguments: Any) -> Answer:
    given = schemas.checked_action("os-getConsoleOutput", arguments or {})
    length = None if given.get("length") is None else int(given["length"])
    if length == -1:
        length = None
    output = ctx.cloud.compute.console(ctx.reach, server_id, length)
    return 200, {"output": output}


def _no_console(ctx: Context, server_id: str, arguments: Any) -> Answer:
    ctx.cloud.compute.find_server(ctx.reach, server_id)
    kind = arguments.get("type") if isinstance(arguments, dict) else arguments
    raise errors.BadRequest(f"Unavailable console type {kind}.")


def create_remote_console(ctx: Context, server_id: str) -> Answer:
    """Refused: a server has a log, and no screen."""
    return _no_console(ctx, server_id, ctx.wrapped("remote_console"))


def _add_security_group(ctx: Context, server_id: str, arguments: Any) -> Answer:
    name = schemas.checked_action("addSecurityGroup", arguments)["name"]
    ctx.cloud.compute.add_security_group(ctx.reach, server_id, name)
    return 202, None


def _remove_security_group(ctx: Context, server_id: str, arguments: Any) -> Answer:
    name = schemas.checked_action("removeSecurityGroup", arguments)["name"]
    ctx.cloud.compute.remove_security_group(ctx.reach, server_id, name)
    return 202, None


ACTIONS: dict[str, _Do] = {
    "os-start": _plain("start_server"),
    "os-stop": _plain("stop_server"),
    "pause": _plain("pause_server"),
    "unpause": _plain("unpause_server"),
    "suspend": _plain("suspend_server"),
    "resume": _plain("resume_server"),
    "revertResize": _plain("revert_resize"),
    "unlock": _plain("unlock_server"),
    "lock": _lock,
    "reboot": _reboot,
    "rebuild": _rebuild,
    "resize": _resize,
    "confirmResize": _confirm_resize,
    "migrate": _migrate,
    "os-migrateLive": _live_migrate,
    "evacuate": _evacuate,
    "createImage": _create_image,
    "forceDelete": _force_delete,
    "os-resetState": _reset_state,
    "os-getConsoleOutput": _console_output,
    "os-getVNCConsole": _no_console,
    "os-getSPICEConsole": _no_console,
    "os-getSerialConsole": _no_console,
    "addSecurityGroup": _add_security_group,
    "removeSecurityGroup": _remove_security_group,
}
_REFUSED = {
    "rescue": "a server has no other disk to start from.",
    "unrescue": "a server has no other disk to start from.",
    "shelve": "stop the server instead.",
    "shelveOffload": "stop the server instead.",
    "unshelve": "start the server instead.",
    "createBackup": "use createImage.",
    "changePassword": "a server asks for no password.",
    "restore": "a deleted server is gone at once.",
    "trigger_crash_dump": "a server has no kernel of its own.",
    "resetNetwork": "a server's network is set from outside.",
    "injectNetworkInfo": "a server's network is set from outside.",
}


# What was done to a server


def list_instance_actions(ctx: Context, server_id: str) -> Answer:
    """What was done to a server, newest first."""
    shown = [_shown(ctx, server_id, action) for action in _actions(ctx, server_id)]
    shown.reverse()
    since = ctx.query.get("changes-since")
    before = ctx.query.get("changes-before")
    if since:
        shown = [item for item in shown if item["start_time"] >= since[:19]]
    if before:
        shown = [item for item in shown if item["start_time"] <= before[:19]]
    limit = ctx.number("limit")
    return 200, {"instanceActions": shown[:limit]}


def show_instance_action(ctx: Context, server_id: str, request_id: str) -> Answer:
    """One thing that was done to a server, with what it took."""
    for action in _actions(ctx, server_id):
        if action.request_id == request_id:
            shown = _shown(ctx, server_id, action)
            return 200, {"instanceAction": shown | {"events": [_event(ctx, action)]}}
    raise errors.NotFound("action", request_id, f"Action {request_id} not found")


def _actions(ctx: Context, server_id: str) -> list[Action]:
    with ctx.cloud.lock:
        server = ctx.cloud.compute.find_server(ctx.reach, server_id)
        return ctx.cloud.compute.actions.of(server.id)


def _shown(ctx: Context, server_id: str, action: Action) -> dict[str, Any]:
    shown = {
        "action": action.action,
        "instance_uuid": server_id,
        "request_id": action.request_id,
        "user_id": action.user_id,
        "project_id": action.project_id,
        "start_time": _moment(action.start_time),
        "message": "Error" if action.result == "Error" else None,
    }
    if compute_version.asked(ctx) >= (2, 58):
        shown["updated_at"] = _moment(action.finish_time or action.start_time)
    return shown


def _event(ctx: Context, action: Action) -> dict[str, Any]:
    version = compute_version.asked(ctx)
    event: dict[str, Any] = {
        "event": action.event,
        "start_time": _moment(action.start_time),
        "finish_time": _moment(action.finish_time) if action.finish_time else None,
        "result": action.result or None,
    }
    if ctx.token.is_admin or version < (2, 51):
        event["traceback"] = None
    if version >= (2, 62):
        event["hostId"] = views.host_id(action.project_id, action.host)
        if ctx.token.is_admin:
            event["host"] = action.host
    if version >= (2, 84):
        event["details"] = action.message
    return event


def _moment(text: str) -> str:
    """A time as this part of the API writes it."""
    return text.removesuffix("Z") + ".000000"


_SERVER = "/v2.1/servers/<server_id>"

ROUTES: list[Route] = [
    ("POST", _SERVER + "/action", act_on_server),
    ("POST", _SERVER + "/remote-consoles", create_remote_console),
    ("GET", _SERVER + "/os-instance-actions", list_instance_actions),
    ("GET", _SERVER + "/os-instance-actions/<request_id>", show_instance_action),
]
