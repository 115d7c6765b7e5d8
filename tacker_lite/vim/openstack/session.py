"""OpenStack clouds in use, and a bounded cache of them.

Loaded with the first VIM in use: the clients behind it are large.
"""

from __future__ import annotations

import collections
import contextlib
import hashlib
import json
import ssl
import threading
from collections.abc import Iterator

import requests
from keystoneauth1 import exceptions as keystone
from keystoneauth1.identity import v3
from oslo_config import cfg

from tacker_lite import exceptions
from tacker_lite.vim.base import Vim
from tacker_lite.vim.openstack import faults, registration, transport
from tacker_lite.vim.openstack.heat import Heat

MOST_CLOUDS = 1024


class Cloud:
    """One VIM as one user sees it.

    :raises VimRejected: when the registration cannot work as it is.
    """

    def __init__(self, vim: Vim, conf: cfg.ConfigOpts):
        self.vim = vim
        self.identity = registration.identity_url(vim)
        self._options = conf.vim_openstack
        self._http = requests.Session()
        self._mount(registration.authorities(vim, self._options.ca_file))
        self._auth = registration.auth_plugin(vim, self.identity)
        self._session = transport.Session(
            (self._options.connect_timeout, self._options.read_timeout),
            session=self._http,
            verify=registration.verifies(vim),
        )
        self._heats: dict[str | None, Heat] = {}

    def authenticate(self) -> None:
        """Have a valid token, asking for one when there is none.

        :raises VimError: naming which of user and project is wrong, if it is that.
        """
        try:
            self._auth.get_access(self._session)
        except keystone.Unauthorized as error:
            raise self._refusal() from error
        except keystone.NotFound as error:
            # Keystone's answer to text that is no token at all.
            if self.vim.credentials.get("bearer_token"):
                raise self._refusal() from error
            raise self._not_identity() from error
        except (keystone.InvalidResponse, KeyError, ValueError) as error:
            raise self._not_identity() from error

    def regions(self) -> tuple[str, ...]:
        """Ids of the regions: those with Heat first, each group in order of name.

        From Identity, or from the token's catalogue where Identity forbids that.

        :raises VimRejected: when no region offers orchestration.
        """
        with_heat = self.orchestration_urls()
        try:
            answer = self._session.get(f"{self.identity}/regions", auth=self._auth)
            known = {region["id"] for region in answer.json()["regions"]}
        except (keystone.Forbidden, keystone.NotFound):
            catalogue = self._auth.get_access(self._session).service_catalog
            known = {
                endpoint["region_id"]
                for service in catalogue.catalog
                for endpoint in service["endpoints"]
                if endpoint.get("region_id")
            }
        except (KeyError, TypeError, ValueError) as error:
            raise self._rejected(
                f"{self.identity}/regions is not a list of regions"
            ) from error
        return (*with_heat, *sorted(known - set(with_heat)))

    def orchestration_urls(self) -> dict[str, str]:
        """URL of Heat by region, in order of region."""
        self.authenticate()
        catalogue = self._auth.get_access(self._session).service_catalog
        found = catalogue.get_endpoints_data(
            service_type="orchestration", interface="public"
        )
        urls = {
            endpoint.region_name or "": endpoint.url
            for endpoints in found.values()
            for endpoint in endpoints
            if endpoint.url
        }
        if not urls:
            raise self._rejected(
                "the catalogue has no public orchestration (Heat) endpoint for this "
                "project: Heat must be installed and registered there"
            )
        return dict(sorted(urls.items()))

    def heat(self, region: str | None) -> Heat:
        """Heat in a region, or in the first one when None.

        The first in order of name, so that every later call goes to the same one.
        """
        if region not in self._heats:
            urls = self.orchestration_urls()
            if region and region not in urls:
                raise self._rejected(
                    f"region {region} has no orchestration (Heat) endpoint; "
                    f"regions with one: {', '.join(urls)}"
                )
            url = urls[region] if region else next(iter(urls.values()))
            self._heats[region] = Heat(self._session, self._auth, url)
        return self._heats[region]

    def close(self) -> None:
        """Give back the connections."""
        self._http.close()

    def _mount(self, authorities: ssl.SSLContext | None) -> None:
        repeats = self._options.retries
        for prefix in ("http://", "https://"):
            self._http.mount(
                prefix, transport.Adapter(repeats, authorities=authorities)
            )
        # Asking for a token twice is harmless, unlike other POSTs.
        self._http.mount(
            f"{self.identity}/auth/",
            transport.Adapter(repeats, transport.REPEATABLE | {"POST"}, authorities),
        )

    def _refusal(self) -> exceptions.VimError:
        """Identity says the same for a wrong password and project; tell them apart."""
        password = self.vim.credentials.get("password")
        if not password:
            return self._unauthorized(
                "check the token or application credential, and auth_url"
            )
        alone = v3.Password(
            self.identity,
            password=password,
            unscoped=True,
            **registration.user(self.vim),
        )
        try:
            alone.get_access(self._session)
        except keystone.Unauthorized:
            return self._unauthorized("check username, password and user domain")
        project = self.vim.project.get("name") or self.vim.project.get("id")
        return self._unauthorized(
            f"user and password are right, but project {project} is unknown there or "
            "the user has no role in it: check vim_project and its domain"
        )

    def _not_identity(self) -> exceptions.VimError:
        return self._rejected(
            f"{self.identity} does not answer like Identity v3: check auth_url"
        )

    def _unauthorized(self, remedy: str) -> exceptions.VimError:
        return exceptions.VimUnauthorized(
            vim=faults.printable(self.vim.name),
            reason=faults.printable(f"Identity does not accept the VIM: {remedy}"),
        )

    def _rejected(self, reason: str) -> exceptions.VimError:
        return registration.rejected(self.vim, reason)


class Clouds:
    """The connections in use, least recently used ones dropped first."""

    def __init__(self, conf: cfg.ConfigOpts, most: int = MOST_CLOUDS):
        self._conf = conf
        self._most = most
        self._lock = threading.Lock()
        self._clouds: collections.OrderedDict[str, Cloud] = collections.OrderedDict()

    @contextlib.contextmanager
    def connected(
        self, vim: Vim, service: str = faults.ORCHESTRATION
    ) -> Iterator[Cloud]:
        """The cloud of ``vim``; what goes wrong inside is raised as a VimError.

        A connection that failed is dropped: what it knew may be out of date.

        :param service: service to name in the error.
        """
        cloud = self._get(vim)
        try:
            with faults.translated(vim.name, faults.IDENTITY):
                cloud.authenticate()
            with faults.translated(vim.name, service):
                yield cloud
        except (exceptions.VimUnauthorized, exceptions.VimUnreachable):
            self._drop(vim)
            raise

    def _get(self, vim: Vim) -> Cloud:
        key = _fingerprint(vim)
        with self._lock:
            cloud = self._clouds.pop(key, None)
            if cloud is None:
                cloud = Cloud(vim, self._conf)
            self._clouds[key] = cloud
            while len(self._clouds) > self._most:
                self._clouds.popitem(last=False)[1].close()
            return cloud

    def _drop(self, vim: Vim) -> None:
        with self._lock:
            cloud = self._clouds.pop(_fingerprint(vim), None)
        if cloud is not None:
            cloud.close()


def _fingerprint(vim: Vim) -> str:
    """Same for registrations that lead to the same connection."""
    parts = [vim.id, vim.name, vim.auth_url, dict(vim.project), dict(vim.credentials)]
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
