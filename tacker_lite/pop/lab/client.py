"""A client of a running lab's own API."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from tacker_lite.pop.errors import LabError
from tacker_lite.pop.lab.directory import LabDirectory
from tacker_lite.pop.lab.secrets import TOKEN_HEADER

#: Seconds.
_TIMEOUT = 60

Row = dict[str, Any]


class LabClient:
    """Asks a lab, and changes it with the token of its directory.

    :raises LabError: when the lab does not run.
    """

    def __init__(self, directory: LabDirectory):
        record = directory.running()
        if record is None:
            raise LabError(
                f"lab {directory.lab} does not run; start it: "
                f"tacker-lite-pop up {directory.topology}"
            )
        self.lab = directory.lab
        self._url = f"{record.url}/lab/v1"
        self._token_file = directory.token
        # Proxies of the environment are for other machines.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str, **query: Any) -> Row:
        """The answer to a read.

        :raises LabError: with the lab's words, when it refuses.
        """
        given = {key: value for key, value in query.items() if value is not None}
        return self._ask("GET", path + "?" + urllib.parse.urlencode(given))

    def change(self, method: str, path: str, body: Row | None = None) -> Row:
        """The answer to a change.

        :raises LabError: with the lab's words, when it refuses.
        """
        return self._ask(method, path, body)

    def _ask(self, method: str, path: str, body: Row | None = None) -> Row:
        headers = {"Content-Type": "application/json"}
        if method != "GET":
            with open(self._token_file, encoding="ascii") as stream:
                headers[TOKEN_HEADER] = stream.read().strip()
        request = urllib.request.Request(  # noqa: S310 (the lab's own address)
            self._url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers=headers,
            method=method,
        )
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise LabError(_reason(error)) from error
        except OSError as error:
            raise LabError(f"lab {self.lab} does not answer: {error}") from error
        return json.loads(text) if text else {}

    def link(self, left: str, right: str) -> Row:
        """A link with what passes it."""
        found: Row = self.get(f"/links/{quoted(left)}/{quoted(right)}")["link"]
        return found


def quoted(name: str) -> str:
    """A name as a part of a path."""
    return urllib.parse.quote(name, safe="")


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read())["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"the lab answers {error.code} {error.reason}"
