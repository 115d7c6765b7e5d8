"""One HTTP exchange: JSON in, JSON out, an error body becomes an exception."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from keystoneauth1 import adapter
from keystoneauth1 import session as ks_session

LOG = logging.getLogger(__name__)

SERVICE_TYPE = "nfv-orchestration"
VERSION = "v1.0"

Rows = list[dict]


class ApiError(Exception):
    """The service refused; the message is the service's own.

    :ivar status: HTTP status.
    :ivar type: ``type`` of the error body, or ``""``.
    :ivar request_id: to be found again in the service's log, or ``""``.
    """

    def __init__(self, message: str, status: int, type_: str, request_id: str):
        suffix = f" (HTTP {status}, request id {request_id})" if request_id else ""
        super().__init__(f"{message}{suffix}")
        self.status, self.type, self.request_id = status, type_, request_id


class NotFound(ApiError):
    """What was asked for does not exist, or not for this user: HTTP 404."""


class Conflict(ApiError):
    """A name that is taken, a resource in use, a wrong status: HTTP 409."""


class LookupFailed(Exception):
    """A name that stands for no row, or for several."""


_BY_STATUS = {404: NotFound, 409: Conflict}


def _error(response: Any) -> ApiError:
    request_id = response.headers.get("X-Openstack-Request-Id", "")
    try:
        body = response.json()
    except ValueError:
        body = {}
    fault = body.get("TackerError") if isinstance(body, dict) else None
    if not isinstance(fault, dict):
        fault = {"message": f"The service answered {response.status_code}"}
    message = fault.get("message") or response.reason or "no reason given"
    if fault.get("detail"):
        message = f"{message}\n{fault['detail']}"
    cls = _BY_STATUS.get(response.status_code, ApiError)
    return cls(message, response.status_code, fault.get("type", ""), request_id)


class HttpClient:
    """The endpoint of the catalogue, and the v1.0 conventions on top of it."""

    def __init__(
        self,
        session: ks_session.Session,
        region_name: str | None = None,
        interface: str | None = None,
        endpoint: str | None = None,
    ):
        self._adapter = adapter.Adapter(
            session,
            service_type=SERVICE_TYPE,
            region_name=region_name,
            interface=interface,
            endpoint_override=endpoint,
            user_agent="tacker-lite",
        )

    def call(
        self, method: str, path: str, body: Any = None, query: Mapping | None = None
    ) -> Any:
        """Send one request.

        :param path: below the version, such as ``vims/<id>``.
        :returns: the decoded body, or None where there is none.
        :raises ApiError: for every answer from 400 up.
        """
        response = self._adapter.request(
            f"/{VERSION}/{path}",
            method,
            json=body,
            params=query or {},
            raise_exc=False,
            headers={"Accept": "application/json"},
            # A body may hold a VIM's password, and keystoneauth would log it.
            log=body is None,
        )
        LOG.debug("%s %s: HTTP %d", method, response.url, response.status_code)
        if response.status_code >= 400:
            raise _error(response)
        return response.json() if response.content else None


class Collection:
    """What every noun offers: list, show, find, delete.

    :cvar plural: last part of the URL; :cvar singular: key of the wrapper.
    """

    plural: str
    singular: str

    def __init__(self, http: HttpClient):
        self._http = http

    def list(self, **filters: Any) -> Rows:
        """All rows that match; a list of values means any of them.

        Follows ``next`` links, so that a paging server hides nothing.
        """
        query: Mapping | None = {k: v for k, v in filters.items() if v is not None}
        rows: Rows = []
        while query is not None:
            page = self._http.call("GET", self.plural, query=query)
            rows += page[self.plural]
            query = self._next_query(page.get(f"{self.plural}_links", ()))
        return rows

    @staticmethod
    def _next_query(links: Sequence[Mapping]) -> Mapping | None:
        for link in links:
            if link.get("rel") == "next":
                pairs = parse_qsl(urlsplit(link["href"]).query)
                keys = dict.fromkeys(key for key, _ in pairs)
                return {key: [v for k, v in pairs if k == key] for key in keys}
        return None

    def show(self, ident: str) -> dict:
        """The row with this id.

        :raises NotFound: when there is none.
        """
        return self._http.call("GET", f"{self.plural}/{ident}")[self.singular]

    def create(self, attributes: Mapping[str, Any]) -> dict:
        """Make a row; ``attributes`` as the API has them.

        :raises ApiError: naming what is wrong with them.
        """
        body = {self.singular: dict(attributes)}
        return self._http.call("POST", self.plural, body)[self.singular]

    def update(self, ident: str, attributes: Mapping[str, Any]) -> dict:
        """Change the given attributes of a row; the row as it is then.

        :raises NotFound: when there is none.
        """
        body = {self.singular: dict(attributes)}
        return self._http.call("PUT", f"{self.plural}/{ident}", body)[self.singular]

    def delete(self, ident: str) -> None:
        """Delete a row, or begin to.

        :raises NotFound: when there is none.
        :raises Conflict: while it is in use.
        """
        self._http.call("DELETE", f"{self.plural}/{ident}")

    def find(self, name_or_id: str) -> str:
        """The id of the one row with this id or name.

        :raises LookupFailed: naming what was looked for, and how to be exact.
        """
        for attribute in ("id", "name"):
            rows = self.list(**{attribute: name_or_id, "fields": "id"})
            if len(rows) == 1:
                return rows[0]["id"]
            if rows:
                raise LookupFailed(
                    f"{len(rows)} {self.plural} are named {name_or_id}: use an id "
                    f"from the list"
                )
        raise LookupFailed(
            f"No {self.singular} has the name or id {name_or_id}: "
            f"list the {self.plural} to see those there are"
        )
