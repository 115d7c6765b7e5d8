"""L7 policies of listeners, and their rules."""

from __future__ import annotations

import dataclasses
import re
import urllib.parse
from typing import Any

from tacker_lite.pop import attributes
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Unsupported
from tacker_lite.pop.load_balancer import records, requests
from tacker_lite.pop.load_balancer.pool import Pools
from tacker_lite.pop.load_balancer.tables import changed, updating
from tacker_lite.pop.records import new_id, now

_ACTIONS = ("REDIRECT_PREFIX", "REDIRECT_TO_POOL", "REDIRECT_TO_URL", "REJECT")
_TYPES = ("COOKIE", "FILE_TYPE", "HEADER", "HOST_NAME", "PATH")
_COMPARES = ("CONTAINS", "ENDS_WITH", "EQUAL_TO", "REGEX", "STARTS_WITH")
_CODES = (301, 302, 303, 307, 308)
_LAST = 2**31 - 1
#: What each action needs, and what it must not have.
_TARGETS = {
    "REDIRECT_TO_POOL": "redirect_pool_id",
    "REDIRECT_TO_URL": "redirect_url",
    "REDIRECT_PREFIX": "redirect_prefix",
}
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,255}")
_VISIBLE = re.compile(r"[^\x00-\x20\x7f\s]+")
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]{1,255}")
_POLICY_KEYS = (
    *("listener_id", "action", "position", "redirect_pool_id", "redirect_url"),
    *("redirect_prefix", "redirect_http_code", "project_id", "tenant_id"),
)
_RULE_KEYS = (
    *("type", "compare_type", "key", "value", "invert", "project_id", "tenant_id"),
)


class Policies(Pools):
    """The part of the load-balancer service for L7 policies and rules."""

    def create_l7policy(self, project_id: str | None, attrs: Attrs) -> records.L7Policy:
        """What a listener does with some requests.

        :raises BadRequest: when the action lacks its target, or has another's.
        """
        listener_id = requests.required(attrs, "listener_id")
        with self.cloud.lock:
            listener = self.find(project_id, self.listeners, "listener", listener_id)
            self.changeable(project_id, listener.load_balancer_id)
            if listener.protocol != "HTTP":
                raise BadRequest(
                    f"Validation failure: The L7 policy needs a listener of protocol "
                    f"HTTP, not {listener.protocol}"
                )
            row = records.L7Policy(
                id=new_id(),
                project_id=listener.project_id,
                load_balancer_id=listener.load_balancer_id,
                listener_id=listener_id,
                action=requests.choice(attrs, "action", _ACTIONS),
                created_at=now(),
            )
            values = changed(row, attrs, _POLICY_KEYS)
            row = dataclasses.replace(row, **values, **self._targets(row, attrs))
            self.quotas.check("l7policy", row.project_id)
            place = attributes.integer(attrs, "position", _LAST, 1, _LAST)
            with self.cloud.store.transaction():
                self.put_child(row.load_balancer_id, self.policies, row)
                return self._move(row, place)

    def _targets(self, row: records.L7Policy, attrs: Attrs) -> dict[str, Any]:
        """Where a policy leads, as its action and the body say."""
        action = row.action
        if attrs.get("action"):
            action = requests.choice(attrs, "action", _ACTIONS)
        key = _TARGETS.get(action, "")
        given = [k for k in _TARGETS.values() if attrs.get(k) and k != key]
        if given:
            raise BadRequest(
                f"Invalid L7 Policy arguments: {action} goes without {given[0]}"
            )
        values: dict[str, Any] = dict.fromkeys(_TARGETS.values())
        values |= {"action": action, "redirect_http_code": None}
        if not key:
            return values
        target = attributes.text(attrs, key, getattr(row, key), 2048)
        if not target:
            raise BadRequest(f"Invalid L7 Policy arguments: {key} must not be None")
        if key == "redirect_pool_id":
            self._check_pool(row, target)
        else:
            _check_url(key, target)
            code = row.redirect_http_code or 302
            code = attributes.integer(attrs, "redirect_http_code", code, 0)
            if code not in _CODES:
                known = ", ".join(map(str, _CODES))
                should = f"Value should be one of: {known}"
                raise requests.wrong("redirect_http_code", code, should)
            values["redirect_http_code"] = code
        return {**values, key: target}

    def _check_pool(self, row: records.L7Policy, ident: str) -> None:
        pool = self.find(row.project_id, self.pools, "pool", ident)
        listener = self.listeners.find("listener", row.listener_id)
        self.check_pairing(listener, pool)

    def _move(self, row: records.L7Policy, place: int) -> records.L7Policy:
        """Put a policy at a place among its listener's, and number them anew."""
        others = self._others(row)
        others.insert(place - 1, row)
        self._number(others)
        return self.policies.find("L7 Policy", row.id)

    def _others(self, row: records.L7Policy) -> list[records.L7Policy]:
        """The other policies of a listener that stay."""
        rows = self.policies_of(row.listener_id)
        leaving = "PENDING_DELETE"
        return [r for r in rows if r.id != row.id and r.provisioning_status != leaving]

    def _number(self, rows: list[records.L7Policy]) -> None:
        for number, one in enumerate(rows, 1):
            if one.position != number:
                self.policies.change(one.id, position=number)

    def update_l7policy(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.L7Policy:
        """Change the given keys only; the listener stays."""
        with self.cloud.lock:
            old = self.find(project_id, self.policies, "L7 Policy", ident)
            self.changeable(project_id, old.load_balancer_id)
            keys = tuple(key for key in _POLICY_KEYS if key != "listener_id")
            values = changed(old, attrs, keys)
            new = dataclasses.replace(
                old, **values, **self._targets(old, attrs), **updating(old)
            )
            place = attributes.integer(attrs, "position", old.position, 1, _LAST)
            with self.cloud.store.transaction():
                self.put_child(old.load_balancer_id, self.policies, new)
                return self._move(new, place)

    def delete_l7policy(self, project_id: str | None, ident: str) -> None:
        """Start the removal, with its rules."""
        with self.cloud.lock:
            old = self.find(project_id, self.policies, "L7 Policy", ident)
            self.changeable(project_id, old.load_balancer_id)
            rules = ((self.rules, row) for row in self.rules_of(ident))
            with self.cloud.store.transaction():
                self._number(self._others(old))
                self.drop_children(old.load_balancer_id, (self.policies, old), *rules)

    def get_l7policy(self, project_id: str | None, ident: str) -> records.L7Policy:
        """By id.

        :raises NotFound: when the project sees no such policy.
        """
        with self.cloud.lock:
            return self.find(project_id, self.policies, "L7 Policy", ident)

    def list_l7policys(self, project_id: str | None) -> list[records.L7Policy]:
        """Those of the project, oldest first."""
        return self.seen(project_id, self.policies)

    list_l7policies = list_l7policys

    def create_l7rule(
        self, project_id: str | None, policy_id: str, attrs: Attrs
    ) -> records.L7Rule:
        """One more thing that requests must be for a policy to apply.

        :raises BadRequest: when type, comparison, key and value do not go together.
        :raises Unsupported: for a type that a lab does not offer.
        """
        with self.cloud.lock:
            policy = self.find(project_id, self.policies, "L7 Policy", policy_id)
            self.changeable(project_id, policy.load_balancer_id)
            row = records.L7Rule(
                id=new_id(),
                project_id=policy.project_id,
                load_balancer_id=policy.load_balancer_id,
                policy_id=policy_id,
                type="",
                compare_type="",
                value="",
                created_at=now(),
            )
            row = _read_rule(row, attrs)
            self.quotas.check("l7rule", row.project_id)
            return self.put_child(row.load_balancer_id, self.rules, row)

    def update_l7rule(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.L7Rule:
        """Change the given keys only."""
        with self.cloud.lock:
            old = self.get_l7rule(project_id, ident)
            self.changeable(project_id, old.load_balancer_id)
            new = dataclasses.replace(_read_rule(old, attrs), **updating(old))
            return self.put_child(old.load_balancer_id, self.rules, new)

    def delete_l7rule(self, project_id: str | None, ident: str) -> None:
        """Start the removal."""
        with self.cloud.lock:
            old = self.get_l7rule(project_id, ident)
            self.changeable(project_id, old.load_balancer_id)
            self.drop_children(old.load_balancer_id, (self.rules, old))

    def get_l7rule(self, project_id: str | None, ident: str) -> records.L7Rule:
        """By id.

        :raises NotFound: when the project sees no such rule.
        """
        with self.cloud.lock:
            return self.find(project_id, self.rules, "L7 Rule", ident)


def _check_url(key: str, text: str) -> None:
    try:
        parts = urllib.parse.urlsplit(text)
        valid = parts.scheme in ("http", "https") and bool(parts.netloc)
    except ValueError:
        valid = False
    if not valid or not _VISIBLE.fullmatch(text):
        raise requests.wrong(key, text, "Value must be a valid URL string")


def _read_rule(old: records.L7Rule, attrs: Attrs) -> records.L7Rule:
    """A rule as a body wants it, checked as a whole."""
    values = changed(old, attrs, _RULE_KEYS)
    kind = attributes.text(attrs, "type", old.type or None)
    if str(kind).startswith("SSL_"):
        raise Unsupported(
            f"The lab does not offer type {kind}: its listeners end no TLS"
        )
    new = dataclasses.replace(
        old,
        **values,
        type=requests.choice(attrs, "type", _TYPES, old.type or None),
        compare_type=requests.choice(
            attrs, "compare_type", _COMPARES, old.compare_type or None
        ),
        value=attributes.text(attrs, "value", old.value),
        key=attributes.text(attrs, "key", old.key),
        invert=attributes.flag(attrs, "invert", old.invert),
    )
    problem = _rule_problem(new)
    if problem:
        raise BadRequest(f"Error parsing L7Rule: Invalid L7 Rule: {problem}")
    return new


def _rule_problem(rule: records.L7Rule) -> str:
    if not rule.value:
        return "L7 rule type requires a value"
    if not _PRINTABLE.fullmatch(rule.value):
        return "Invalid characters in value"
    if rule.type in ("HEADER", "COOKIE"):
        if not rule.key:
            return "L7 rule type requires a key"
        if not _TOKEN.fullmatch(rule.key):
            return "Invalid characters in key"
    elif rule.key:
        return f"L7 rule type {rule.type} does not use a key"
    if rule.type == "FILE_TYPE" and rule.compare_type not in ("REGEX", "EQUAL_TO"):
        return "invalid comparison type for rule type"
    if rule.compare_type == "REGEX":
        try:
            re.compile(rule.value)
        except re.error as error:
            return f"Unable to parse regular expression: {error}"
    return ""
