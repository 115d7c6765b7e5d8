"""What a lab makes up at its first start and keeps: key, token and passwords."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from tacker_lite.pop.store import Store

#: What a change over the lab's own API says its token in.
TOKEN_HEADER = "X-Lab-Token"  # noqa: S105 (a header's name)
_POP = ""
_KIND = "secret"


class LabSecrets:
    """The lab's secrets, in the store that only its owner can read.

    :ivar key: signs tokens, so that those of before a restart are valid after it.
    :ivar token: lets the lab's owner change the lab over its own API.
    """

    def __init__(self, store: Store):
        self._store = store
        self._kept: dict[str, str] = store.load(_POP, _KIND)
        self.key = bytes.fromhex(self._once("key", secrets.token_hex(32)))
        self.token = self._once("token", secrets.token_urlsafe(32))

    def _once(self, name: str, value: str) -> str:
        if name not in self._kept:
            self._store.put(_POP, _KIND, name, value)
            self._kept[name] = value
        return self._kept[name]

    def password(self, user: str) -> str:
        """The password of a user to whom the topology gives none."""
        return self._once(f"password/{user}", secrets.token_urlsafe(12))

    def salt(self, user: str) -> bytes:
        """A salt of 16 bytes, the same in all PoPs: a password is hashed but once."""
        return hmac.new(self.key, user.encode(), hashlib.sha256).digest()[:16]
