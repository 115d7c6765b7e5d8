"""Checks of single values that a descriptor or its inputs give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tacker_lite.tosca.model import is_get_input
from tacker_lite.tosca.problems import WRITTEN_HERE, kind
from tacker_lite.tosca.survey import Survey, shown


@dataclass(frozen=True)
class Values:
    """The values of one mapping.

    A value that an input shall give, and has not given yet, is left alone; one that
    an input gave is never repeated in a message.

    :ivar given: the mapping, with ``get_input`` in place.
    :ivar path: keys from the top of the descriptor to it.
    :ivar what: its words in a message.
    :ivar hidden: whether an input gave all of it.
    """

    survey: Survey
    given: Mapping[str, Any]
    path: tuple[Any, ...]
    what: str
    hidden: bool = False

    def number(
        self, key: str, *, minimum: float | None = None, whole: bool = True
    ) -> int | float | None:
        """The number at ``key``, also where it is text; None without a valid one."""
        value = self._known(key)
        if value is None:
            return None
        number = _number(value, whole)
        if number is None or (minimum is not None and number < minimum):
            words = "a whole number" if whole else "a number"
            least = "" if minimum is None else f" of at least {minimum}"
            self._wrong(key, f"must be {words}{least}", value)
            return None
        return number

    def choice(self, key: str, allowed: Sequence[str], **kwargs: Any) -> str | None:
        """The text at ``key``, one of ``allowed``; None without a valid one."""
        value = self._known(key)
        if value is None:
            return None
        if not isinstance(value, str) or value not in allowed:
            near = self._near(self.given[key], value, allowed)
            self._wrong(
                key, f"must be one of {', '.join(allowed)}", value, near, **kwargs
            )
            return None
        return value

    def boolean(self, key: str) -> None:
        """Refuse what is neither true nor false, nor text for it."""
        value = self._known(key)
        if value is not None and str(value).strip().lower() not in BOOLEANS:
            self._wrong(key, "must be true or false", value)

    def text(self, key: str) -> None:
        """Refuse what is no text."""
        value = self._known(key)
        if value is not None and not isinstance(value, str):
            self._wrong(key, "must be text", value)

    def mapping(self, key: str) -> Values:
        """The mapping at ``key``, empty without a valid one.

        It has to stand there: what it holds is looked at before inputs have values.
        """
        value = self.given.get(key)
        if is_get_input(value):
            self.survey.add(
                f"{self.what}: {key} {WRITTEN_HERE}",
                (*self.path, key),
            )
        elif value is not None and not isinstance(value, dict):
            self._wrong(key, "must be a mapping", value)
        sound = value if isinstance(value, dict) and not is_get_input(value) else {}
        what = f"{self.what}, {key}"
        return Values(self.survey, sound, (*self.path, key), what, self.hidden)

    def names(self, key: str, known: Sequence[str], words: str) -> list[str] | None:
        """The list at ``key`` of names that must be known.

        :returns: None where it is not known yet, or wrong.
        """
        given = self.given.get(key)
        value = self.survey.value(given)
        if value is None or is_get_input(value):
            return None
        if not isinstance(value, list):
            self._wrong(key, "must be a list of names", value)
            return None
        entries = given if isinstance(given, list) else [given] * len(value)
        found: list[str] = []
        for index, (entry, name) in enumerate(zip(entries, value, strict=True)):
            if is_get_input(name):
                return None
            if not isinstance(name, str) or name not in known:
                near = self._near(entry, name, known)
                self.survey.add(
                    f"{self.what}: {key} must name {words}, "
                    f"{self._shown(entry, name)} is none{near}",
                    (*self.path, key, index) if given is value else (*self.path, key),
                )
                return None
            found.append(name)
        return found

    def needs(self, *keys: str) -> bool:
        """Whether all keys are there; what is missing is a problem."""
        missing = [key for key in keys if self.given.get(key) in (None, "")]
        for key in missing:
            self.survey.add(f"{self.what}: {key} is missing", self.path)
        return not missing

    def keys(self, known: Sequence[str]) -> None:
        """Refuse a key that is not known."""
        for key in self.given:
            if key not in known:
                near = self._near(key, key, known)
                self.survey.add(
                    f"{self.what}: {self._shown(key, key)} is not known{near}; use one "
                    f"of {', '.join(known)}",
                    (*self.path, key),
                )

    def _known(self, key: str) -> Any:
        value = self.survey.value(self.given.get(key))
        return None if is_get_input(value) else value

    def _wrong(
        self, key: str, rule: str, value: Any, remedy: str = "", **kwargs: Any
    ) -> None:
        told = (
            self._shown(self.given.get(key), value)
            if isinstance(value, (str, int, float))
            else kind(value)
        )
        self.survey.add(
            f"{self.what}: {key} {rule}, not {told}{remedy}",
            (*self.path, key),
            **kwargs,
        )

    def _shown(self, given: Any, value: Any) -> str:
        return "what its input gives" if self.hidden else shown(given, value)

    def _near(self, given: Any, value: Any, known: Sequence[str]) -> str:
        if self.hidden or is_get_input(given):
            return ""
        return self.survey.problems.near(str(value), known)


BOOLEANS = ("true", "false", "yes", "no", "on", "off", "1", "0")


def _number(value: Any, whole: bool) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if number != number or number in (float("inf"), float("-inf")):
        return None
    if not whole:
        return number
    return int(number) if number == int(number) else None
