"""The intrinsic functions of HOT, one row each in :data:`FUNCTIONS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop.stack import cloudformation, list_functions, text_functions
from tacker_lite.pop.stack.snippets import NOTHING, UNKNOWN, Call, walk_path


@dataclass(frozen=True)
class Function:
    """One row of the table.

    :ivar since: the first template version that has it; ``until`` the first that has
        it no more, if there is one.
    :ivar lazy: the function resolves its arguments itself.
    :ivar keys: the keys a literal map of arguments must have.
    :ivar length: least and most entries of a literal list of arguments.
    :ivar condition: it is for conditions.
    """

    run: Callable[[Call, Any], Any]
    since: str = "2013-05-23"
    until: str = ""
    lazy: bool = False
    keys: tuple[str, ...] = ()
    length: tuple[int, int] | None = None
    condition: bool = False

    @property
    def description(self) -> str:
        """What it does, as the API tells."""
        return (self.run.__doc__ or "").strip().partition("\n")[0]

    def offered(self, date: str) -> bool:
        """Tell whether the template version of a date has it."""
        return self.since <= date and not (self.until and date >= self.until)


def _get_param(call: Call, args: Any) -> Any:
    """The value of a parameter, or a part of it."""
    path = args if isinstance(args, list) else [args]
    if not path or not isinstance(path[0], str):
        raise call.refuse("the name of a parameter is expected")
    return walk_path(call.scope.parameter(path[0]), path[1:])


def _get_resource(call: Call, args: Any) -> Any:
    """What refers to a resource: its id, most often."""
    if not isinstance(args, str):
        raise call.refuse("the name of a resource is expected")
    return call.scope.reference(args)


def _get_attr(call: Call, args: Any) -> Any:
    """An attribute of a resource, or a part of it."""
    args = call.resolve(args)
    if not isinstance(args, list) or not args or not isinstance(args[0], str):
        raise call.refuse("a list of a resource name and an attribute is expected")
    if len(args) == 1 and call.scope.version.date < "2015-10-15":
        raise call.refuse("the name of an attribute is missing")
    return call.scope.attribute(args[0], args[1:])


def _get_file(call: Call, args: Any) -> Any:
    """The content of a file sent with the template."""
    if not isinstance(args, str):
        raise call.refuse("the name of a file is expected")
    return call.scope.file(args)


def _truth(call: Call, value: Any) -> Any:
    """True, false or unknown."""
    if isinstance(value, str):
        return call.scope.condition(value)
    value = call.resolve(value)
    if not isinstance(value, bool) and value is not UNKNOWN:
        raise call.refuse("a condition is expected")
    return value


def _joined(
    join: Callable[[Iterable[bool]], bool],
) -> Callable[[Call, Any], Any]:
    def run(call: Call, args: Any) -> Any:
        """Whether all, or any, of several conditions hold."""
        truths = [_truth(call, arg) for arg in args]
        return UNKNOWN if UNKNOWN in truths else join(truths)

    return run


def _equals(call: Call, args: Any) -> bool:
    """Whether two values are equal."""
    return bool(args[0] == args[1])


def _not(call: Call, args: Any) -> Any:
    """Whether a condition does not hold."""
    truth = _truth(call, args)
    return truth if truth is UNKNOWN else not truth


def _if(call: Call, raw: Any) -> Any:
    """One of two values, by a condition."""
    if len(raw) == 2 and call.scope.version.date < "2021-04-16":
        raise call.refuse("a third argument is needed before version 2021-04-16")
    branches = (*raw[1:], NOTHING)
    truth = _truth(call, raw[0])
    if truth is UNKNOWN:
        for branch in branches:
            call.resolve(branch)
        return UNKNOWN
    return call.resolve(branches[0] if truth else branches[1])


def _ref(call: Call, args: Any) -> Any:
    """A parameter's value, or else what ``get_resource`` gives."""
    if not isinstance(args, str):
        raise call.refuse("the name of a parameter or resource is expected")
    if call.scope.has_parameter(args):
        return call.scope.parameter(args)
    return call.scope.reference(args)


def _facade(call: Call, args: Any) -> Any:
    """Part of the definition of the resource that the stack is behind."""
    known = {"metadata", "deletion_policy", "update_policy"}
    name = _FACADE_NAMES.get(args, args) if isinstance(args, str) else ""
    if name not in known:
        raise call.refuse(f"one of {', '.join(sorted(known))} is expected")
    return call.scope.facade(name)


_FACADE_NAMES = {
    "Metadata": "metadata",
    "DeletionPolicy": "deletion_policy",
    "UpdatePolicy": "update_policy",
}
_REPLACE_KEYS = ("template", "params")
_KILO, _LIBERTY, _NEWTON = "2015-04-30", "2015-10-15", "2016-10-14"
_OCATA, _PIKE = "2017-02-24", "2017-09-01"
#: CloudFormation's functions are in the first version only.
_ONLY_FIRST = "2014-10-16"

FUNCTIONS: dict[str, Function] = {
    "get_param": Function(_get_param),
    "get_resource": Function(_get_resource, lazy=True),
    "get_attr": Function(_get_attr, lazy=True),
    "get_file": Function(_get_file),
    "resource_facade": Function(_facade),
    "str_replace": Function(text_functions.replacer(), keys=_REPLACE_KEYS),
    "str_replace_strict": Function(
        text_functions.replacer(strict=True), since=_OCATA, keys=_REPLACE_KEYS
    ),
    "str_replace_vstrict": Function(
        text_functions.replacer(strict=True, filled=True),
        since=_PIKE,
        keys=_REPLACE_KEYS,
    ),
    "list_join": Function(text_functions.list_join, length=(2, 1000)),
    "str_split": Function(text_functions.split, since=_LIBERTY, length=(2, 3)),
    "digest": Function(text_functions.digest, since=_KILO, length=(2, 2)),
    "make_url": Function(text_functions.make_url, since=_PIKE),
    "repeat": Function(
        list_functions.repeat, since=_KILO, lazy=True, keys=("for_each", "template")
    ),
    "map_merge": Function(list_functions.map_merge, since="2016-04-08"),
    "map_replace": Function(list_functions.map_replace, since=_NEWTON, length=(2, 2)),
    "list_concat": Function(list_functions.list_concat, since=_PIKE),
    "list_concat_unique": Function(list_functions.list_concat_unique, since=_PIKE),
    "filter": Function(list_functions.without, since=_OCATA, length=(2, 2)),
    "yaql": Function(list_functions.yaql, since=_NEWTON, keys=("expression", "data")),
    "contains": Function(
        list_functions.contains, since=_PIKE, length=(2, 2), condition=True
    ),
    "equals": Function(_equals, since=_NEWTON, length=(2, 2), condition=True),
    "not": Function(_not, since=_NEWTON, lazy=True, condition=True),
    "and": Function(
        _joined(all), since=_NEWTON, lazy=True, length=(2, 1000), condition=True
    ),
    "or": Function(
        _joined(any), since=_NEWTON, lazy=True, length=(2, 1000), condition=True
    ),
    "if": Function(_if, since=_NEWTON, lazy=True, length=(2, 3)),
    "Ref": Function(_ref, until=_ONLY_FIRST, lazy=True),
    "Fn::Select": Function(cloudformation.select, until=_LIBERTY, length=(2, 2)),
    "Fn::Join": Function(cloudformation.join, until=_ONLY_FIRST, length=(2, 2)),
    "Fn::Split": Function(cloudformation.split, until=_ONLY_FIRST, length=(2, 2)),
    "Fn::Replace": Function(cloudformation.replace, until=_ONLY_FIRST, length=(2, 2)),
    "Fn::Base64": Function(cloudformation.base64, until=_ONLY_FIRST),
    "Fn::GetAZs": Function(cloudformation.zones, until=_ONLY_FIRST),
    "Fn::MemberListToMap": Function(
        cloudformation.member_list_to_map, until=_ONLY_FIRST, length=(3, 3)
    ),
    "Fn::ResourceFacade": Function(_facade, until=_ONLY_FIRST),
}
