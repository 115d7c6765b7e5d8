"""Key pairs: public keys known by name."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.compute.quota import Quotas
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound

_NAME = re.compile(r"[A-Za-z0-9 @._-]{1,255}")


class Keypairs(Quotas):
    """The key pair part of the compute service."""

    def create_keypair(
        self, project_id: str, user_id: str, attrs: Attrs
    ) -> records.Keypair:
        """Remember a public key.

        :raises BadRequest: without ``public_key``: the lab makes no private keys.
        :raises Conflict: when the user has one of that name.
        """
        attributes.refuse_unknown(attrs, ("name", "public_key", "type", "user_id"))
        name = attributes.required_text(attrs, "name")
        if not _NAME.fullmatch(name):
            raise invalid("name", "has other than letters, digits, space and @ . _ -")
        public_key = attributes.text(attrs, "public_key", "", 16384)
        if not public_key:
            raise BadRequest("public_key is required: generate the key pair yourself")
        if attributes.text(attrs, "type", "ssh") != "ssh":
            raise invalid("type", "only ssh keys are offered")
        fingerprint = _fingerprint(public_key)
        user_id = attributes.text(attrs, "user_id", user_id)
        with self.cloud.lock:
            if self._keypair(user_id, name) is not None:
                raise Conflict(f"Key pair '{name}' already exists.")
            has = self.quota_used(project_id, user_id)["key_pairs"]
            self.require_one_more(project_id, "key_pairs", has, "key pairs")
            return self.keypairs.put(
                records.Keypair(
                    id=records.new_id(),
                    project_id=project_id,
                    user_id=user_id,
                    name=name,
                    public_key=public_key,
                    fingerprint=fingerprint,
                    created_at=records.now(),
                )
            )

    def _keypair(self, user_id: str, name: str) -> records.Keypair | None:
        for row in self.keypairs:
            if row.user_id == user_id and row.name == name:
                return row
        return None

    def get_keypair(self, user_id: str, name: str) -> records.Keypair:
        """The user's key pair of that name.

        :raises NotFound: when there is none.
        """
        with self.cloud.lock:
            keypair = self._keypair(user_id, name)
        if keypair is None:
            message = f"Keypair {name} not found for user {user_id}"
            raise NotFound("keypair", name, message)
        return keypair

    def list_keypairs(self, user_id: str) -> list[records.Keypair]:
        """The user's, oldest first."""
        with self.cloud.lock:
            return [row for row in self.keypairs if row.user_id == user_id]

    def delete_keypair(self, user_id: str, name: str) -> None:
        """Forget a key."""
        with self.cloud.lock:
            self.keypairs.delete(self.get_keypair(user_id, name).id)


def _fingerprint(public_key: str) -> str:
    """MD5 over the key's data in colon form, as Nova shows it."""
    words = public_key.split()
    try:
        data = base64.b64decode(words[1], validate=True)
    except (IndexError, binascii.Error):
        raise BadRequest(
            "Keypair data is invalid: failed to generate fingerprint"
        ) from None
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return ":".join(digest[i : i + 2] for i in range(0, 32, 2))
