"""A client of the v1.0 API that knows nothing of command lines.

To add a noun: one file here with the calls, one attribute on :class:`Client`.
"""

from __future__ import annotations

from keystoneauth1 import session as ks_session

from tacker_lite.client.event import EventCalls
from tacker_lite.client.http import HttpClient
from tacker_lite.client.vim import VimCalls
from tacker_lite.client.vnf import VnfCalls
from tacker_lite.client.vnfd import VnfdCalls


class Client:
    """The calls of the API, by noun.

    :param session: an authenticated keystoneauth session.
    :param endpoint: base URL without a version; None takes it from the catalogue.
    """

    def __init__(
        self,
        session: ks_session.Session,
        *,
        region_name: str | None = None,
        interface: str | None = None,
        endpoint: str | None = None,
    ):
        http = HttpClient(session, region_name, interface, endpoint)
        self.vims = VimCalls(http)
        self.vnfds = VnfdCalls(http)
        self.vnfs = VnfCalls(http)
        self.events = EventCalls(http)
