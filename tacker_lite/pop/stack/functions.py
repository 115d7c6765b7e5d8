"""Evaluating the functions in a snippet of a template.

A snippet is resolved against a :class:`.Scope`.  Before a stack exists the scope
answers :data:`.UNKNOWN` for what only a made resource can tell; a function over an
unknown value is unknown itself, so the same code validates and executes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tacker_lite.pop.stack.errors import StackValidationFailed
from tacker_lite.pop.stack.intrinsics import FUNCTIONS, Function
from tacker_lite.pop.stack.snippets import NOTHING, UNKNOWN, Call, Scope, holds_unknown
from tacker_lite.pop.stack.versions import Version


def function_name(snippet: Any) -> str | None:
    """Name of the function that a map calls, or None for plain data."""
    if not isinstance(snippet, Mapping) or len(snippet) != 1:
        return None
    name = next(iter(snippet))
    if not isinstance(name, str):
        return None
    known = name in FUNCTIONS or name.startswith(("Fn::", "get_"))
    return name if known else None


def resolve(snippet: Any, scope: Scope, where: str) -> Any:
    """Evaluate every function of a snippet.

    :param where: path of the snippet, for messages.
    :raises StackValidationFailed: on an unknown function or wrong arguments.
    """
    name = function_name(snippet)
    if name is not None:
        return _evaluate(name, snippet[name], scope, where)
    if isinstance(snippet, Mapping):
        pairs = {k: resolve(v, scope, f"{where}.{k}") for k, v in snippet.items()}
        return {k: v for k, v in pairs.items() if v is not NOTHING}
    if isinstance(snippet, list):
        items = [resolve(v, scope, f"{where}[{i}]") for i, v in enumerate(snippet)]
        return [v for v in items if v is not NOTHING]
    return snippet


def references(snippet: Any) -> Iterator[str]:
    """Names of the resources that a snippet needs, with repetitions."""
    name = function_name(snippet)
    if name in ("get_resource", "Ref") and isinstance(snippet[name], str):
        yield snippet[name]
    elif name == "get_attr":
        args = snippet[name]
        if isinstance(args, list) and args and isinstance(args[0], str):
            yield args[0]
            yield from references(args[1:])
    elif isinstance(snippet, Mapping):
        for value in snippet.values():
            yield from references(value)
    elif isinstance(snippet, list):
        for value in snippet:
            yield from references(value)


def _evaluate(name: str, raw: Any, scope: Scope, where: str) -> Any:
    function = FUNCTIONS.get(name)
    if function is None:
        raise StackValidationFailed(
            f"{where}: the template function {name} is not supported; supported in "
            f"{scope.version.name}: {', '.join(_available(scope.version))}"
        )
    if not function.offered(scope.version.date):
        when = f"is from {function.since}"
        if scope.version.date >= function.since:
            when = f"is in the versions before {function.until} only"
        raise StackValidationFailed(
            f"{where}: the template function {name} is not available in "
            f"heat_template_version {scope.version.name} (it {when})"
        )
    call = Call(name, scope, where, resolve)
    if function.lazy or function_name(raw) is None:
        _check_shape(call, function, raw)
    if function.lazy:
        return function.run(call, raw)
    args = resolve(raw, scope, where)
    if holds_unknown(args):
        return UNKNOWN
    _check_shape(call, function, args)
    try:
        return function.run(call, args)
    except UnicodeEncodeError as error:
        raise call.refuse(f"a text has half a character: {error}") from None


def _available(version: Version) -> list[str]:
    """Names of the functions that a template version may use."""
    return sorted(name for name, f in FUNCTIONS.items() if f.offered(version.date))


def _check_shape(call: Call, function: Function, raw: Any) -> None:
    if function.keys:
        if not isinstance(raw, Mapping):
            raise call.refuse(f"a map with {', '.join(function.keys)} is expected")
        wrong = set(function.keys).symmetric_difference(raw)
        wrong.discard("permutations")
        if wrong:
            raise call.refuse(
                f"a map with {', '.join(function.keys)} is expected; "
                f"missing or unknown: {', '.join(sorted(map(str, wrong)))}"
            )
    if function.length:
        least, most = function.length
        if not isinstance(raw, list) or not least <= len(raw) <= most:
            raise call.refuse(f"a list of {least} to {most} arguments is expected")
