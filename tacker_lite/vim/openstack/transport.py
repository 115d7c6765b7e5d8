"""How requests to OpenStack travel: repeats, TLS, timeouts and what is logged."""

from __future__ import annotations

import logging
import ssl
import time
from typing import Any

import requests
import urllib3
import urllib3.exceptions
from keystoneauth1 import session as keystone_session

from tacker_lite.vim.openstack import faults

LOG = logging.getLogger(__name__)

LONGEST_RETRY_AFTER = 10.0
FIRST_PAUSE = 0.25
# A silent server keeps its caller waiting long enough once.
HOPELESS = (urllib3.exceptions.ReadTimeoutError, urllib3.exceptions.SSLError)
REPEATABLE = frozenset({"GET", "HEAD", "DELETE"})


class Repeats(urllib3.Retry):
    """Repeats soon or not at all."""

    def get_retry_after(self, response) -> float | None:
        seconds = super().get_retry_after(response)
        return None if seconds is None else min(seconds, LONGEST_RETRY_AFTER)

    def increment(self, method=None, url=None, response=None, error=None, *args, **kw):
        if isinstance(error, HOPELESS):
            raise error
        return super().increment(method, url, response, error, *args, **kw)


class Session(keystone_session.Session):
    """A session with two timeouts, whose log shows neither headers nor bodies."""

    def __init__(self, timeouts: tuple[float, float], **kwargs: Any):
        super().__init__(**kwargs)
        self._timeouts = timeouts

    def request(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> requests.Response:
        kwargs.setdefault("timeout", self._timeouts)
        kwargs["log"] = False
        started = time.monotonic()
        answer = super().request(url, method, *args, **kwargs)
        LOG.debug(
            "%s %s: HTTP %s in %.3f s",
            method,
            answer.url,
            answer.status_code,
            time.monotonic() - started,
        )
        return answer


class Adapter(keystone_session.TCPKeepAliveAdapter):
    """Carries requests, repeating those that may be repeated.

    :param repeats: how often.
    :param methods: the methods whose requests may reach the server twice.
    :param authorities: trusted for TLS instead of the system's, if given.
    """

    def __init__(
        self,
        repeats: int,
        methods: frozenset[str] = REPEATABLE,
        authorities: ssl.SSLContext | None = None,
    ):
        self._authorities = authorities
        super().__init__(
            max_retries=Repeats(
                total=repeats,
                allowed_methods=methods,
                status_forcelist=faults.BUSY,
                backoff_factor=FIRST_PAUSE,
                raise_on_status=False,
                redirect=False,
            )
        )

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if self._authorities is not None:
            kwargs["ssl_context"] = self._authorities
        super().init_poolmanager(*args, **kwargs)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        # The base class would add the system's authorities to ours.
        if self._authorities is None:
            super().cert_verify(conn, url, verify, cert)
