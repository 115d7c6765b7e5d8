"""Tokens and passwords: signed and salted, so that nothing secret need be looked up.

A token says whom it was issued to and is signed with the lab's key; it stays valid
over a restart of the lab.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from tacker_lite.pop.errors import Unauthorized

#: Seconds that a token is valid.
LIFETIME = 24 * 3600
_COST = {"n": 2**12, "r": 8, "p": 1}


def hashed(password: str, salt: bytes | None = None) -> str:
    """A salted hash to keep in place of a password.

    :param salt: 16 bytes; fresh ones when missing.
    """
    salt = salt or secrets.token_bytes(16)
    return f"{salt.hex()}${_derived(password, salt)}"


def matches(password: str, kept: str) -> bool:
    """Whether a password is the one a hash was made of."""
    salt, _, digest = kept.partition("$")
    return hmac.compare_digest(_derived(password, bytes.fromhex(salt)), digest)


@functools.lru_cache(maxsize=1024)
def _derived(password: str, salt: bytes) -> str:
    # Cached: clients log in over and over, and a lab may have a thousand PoPs.
    return hashlib.scrypt(password.encode(), salt=salt, **_COST).hex()


def sign(key: bytes, claims: dict[str, Any]) -> str:
    """A token id that carries claims."""
    body = base64.urlsafe_b64encode(
        json.dumps(claims, separators=(",", ":")).encode()
    ).rstrip(b"=")
    return f"{body.decode()}.{_signature(key, body)}"


def read(key: bytes, token_id: str) -> dict[str, Any]:
    """The claims of a token.

    :raises Unauthorized: when it is not one of ours, or has expired.
    """
    body, _, signature = token_id.partition(".")
    expected = _signature(key, body.encode())
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise Unauthorized("The request you have made requires authentication.")
    try:
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError) as error:
        raise Unauthorized("The token cannot be read.") from error
    if claims["exp"] < time.time():
        raise Unauthorized("The token has expired.")
    return dict(claims)


def _signature(key: bytes, body: bytes) -> str:
    digest = hmac.new(key, body, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
