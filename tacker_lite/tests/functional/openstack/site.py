"""A project of a real cloud, furnished for the samples, and registered as a VIM."""

from __future__ import annotations

import contextlib
import http.server
import ipaddress
import os
import random
import secrets
import threading
import urllib.parse
import uuid
from collections.abc import Iterator
from typing import Any

import fixtures
import openstack
from openstack.connection import Connection

from tacker_lite.tests.functional.deployment import run

IMAGE = os.environ.get("TACKER_LITE_TEST_IMAGE", "tiny")
IMAGE_URL = os.environ.get("TACKER_LITE_TEST_IMAGE_URL", "")
FLAVOR = os.environ.get("TACKER_LITE_TEST_FLAVOR", "m1.nano")
PREFIX = os.environ.get("TACKER_LITE_TEST_PREFIX", "tacker-lite-test")
NETWORK = "10.10.0.0/24"
"""Where the samples' addresses are; those that nobody chooses are above them."""

POOL = {"start": "10.10.0.130", "end": "10.10.0.250"}


CHAIN_PARTS = ("port_chains", "port_pair_groups", "port_pairs", "flow_classifiers")


class Site(fixtures.Fixture):
    """Network, router, key pair and server group for VNFs; removed at the end.

    :param cloud: its name in ``clouds.yaml``.
    :ivar values: what the cloud offers, by the names that samples give their inputs.
    :ivar offered: Heat's resource types.
    :ivar extensions: aliases of Neutron's extensions.
    """

    def __init__(self, cloud: str):
        self.cloud = cloud
        self.name = f"{PREFIX}-{secrets.token_hex(3)}"

    def _setUp(self):
        self.connection: Connection = openstack.connect(self.cloud)
        self.addCleanup(self.connection.close)
        self.extensions = {each.alias for each in self.connection.network.extensions()}
        self.values = {
            "image": IMAGE,
            "flavor": FLAVOR,
            "second_flavor": FLAVOR,
            "reservation_flavor": FLAVOR,
            "reservation_id": str(uuid.uuid4()),
            "lease_id": str(uuid.uuid4()),
            "key": self._key_pair(),
            "server_group_id": self._server_group(),
            "image_url": IMAGE_URL or self._served_image(),
        }
        self._networks()

    @property
    def offered(self) -> set[str]:
        """Resource types that Heat has for this user now."""
        # A new token: the catalogue is part of it, and Heat looks there.
        with openstack.connect(self.cloud) as connection:
            answer = connection.orchestration.get("/resource_types")
            return set(answer.json()["resource_types"])

    def registration(self) -> dict[str, Any]:
        """The body of a VIM's registration that says what ``clouds.yaml`` says."""
        config = self.connection.config
        auth = config.config["auth"]
        return {
            "name": f"{self.name}-{self.cloud}",
            "type": "openstack",
            "auth_url": auth["auth_url"],
            "vim_project": {
                "name": auth["project_name"],
                "project_domain_name": auth.get("project_domain_name", "Default"),
            },
            "auth_cred": {
                "username": auth["username"],
                "password": auth["password"],
                "user_domain_name": auth.get("user_domain_name", "Default"),
                "cert_verify": str(bool(config.verify)),
            },
        }

    def left(self) -> list[str]:
        """What VNFs have on the network of the site, and parts of chains."""
        network = self.connection.network
        found = [
            f"{port.device_owner or 'port'} {port.id}"
            for port in network.ports(network_id=self.network.id)
            if not port.device_owner.startswith("network:")
        ]
        if "sfc" in self.extensions:
            for plural in CHAIN_PARTS:
                answer = network.get(f"/sfc/{plural}", params={"name": self.chain})
                found += [f"{plural} {each['id']}" for each in answer.json()[plural]]
        return found

    @property
    def chain(self) -> str:
        """Name of the chains and their parts."""
        return f"{self.name}-chain"

    def _networks(self) -> None:
        network = self.connection.network
        self.network = network.create_network(name=self.name)
        self.addCleanup(network.delete_network, self.network)
        subnet = network.create_subnet(
            name=self.name,
            network_id=self.network.id,
            ip_version=4,
            cidr=NETWORK,
            allocation_pools=[POOL],
        )
        for name in ("network", "management_network", "second_network", "data_network"):
            self.values[name] = self.name
        external = next(iter(network.networks(**{"router:external": True})), None)
        if external is None:
            return
        router = network.create_router(
            name=self.name, external_gateway_info={"network_id": external.id}
        )
        self.addCleanup(network.delete_router, router)
        network.add_interface_to_router(router, subnet)
        self.addCleanup(network.remove_interface_from_router, router, subnet)
        self.values["floating_network"] = external.name
        address = self._free_address(external)
        if address:
            self.values["floating_address"] = address

    def _free_address(self, external: Any) -> str | None:
        """An address of the external network that nobody has, where that is shown."""
        network = self.connection.network
        for ident in external.subnet_ids:
            with contextlib.suppress(openstack.exceptions.NotFoundException):
                pool = network.get_subnet(ident).allocation_pools[0]
                first, last = (
                    int(ipaddress.ip_address(pool[end])) for end in ("start", "end")
                )
                used = {each.floating_ip_address for each in network.ips()}
                chosen = random.randint((first + last) // 2, last)
                address = str(ipaddress.ip_address(chosen))
                return None if address in used else address
        return None

    def _key_pair(self) -> str:
        compute = self.connection.compute
        compute.create_keypair(name=self.name)
        self.addCleanup(compute.delete_keypair, self.name)
        return self.name

    def _server_group(self) -> str:
        compute = self.connection.compute
        group = compute.create_server_group(name=self.name, policies=["soft-affinity"])
        self.addCleanup(compute.delete_server_group, group)
        return str(group.id)

    def _served_image(self) -> str:
        """URL of an image that this process serves, where the cloud can reach it.

        The image service fetches from the ports of HTTP alone and not from 127.0.0.0/8,
        so that this gives the loopback device an address of its own, as root.
        """
        endpoint = urllib.parse.urlsplit(self.connection.endpoint_for("image"))
        if endpoint.hostname not in ("127.0.0.1", "localhost") or os.geteuid():
            return ""
        address = f"10.254.{random.randint(1, 250)}.{random.randint(1, 250)}"
        self.addCleanup(run, "ip", "address", "del", f"{address}/32", "dev", "lo")
        run("ip", "address", "add", f"{address}/32", "dev", "lo")
        server = http.server.ThreadingHTTPServer((address, 80), ServedImage)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://{address}/image"


class ServedImage(http.server.BaseHTTPRequestHandler):
    """64 KiB of zeroes."""

    content = bytes(64 * 1024)

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()
        self.wfile.write(self.content)

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Print nothing."""


@contextlib.contextmanager
def chain(connection: Connection, ports: list[str], name: str) -> Iterator[str]:
    """A port chain of networking-sfc through the ports, removed at the end.

    :param ports: ids of ports of servers, in the order in which traffic visits them.
    :returns: the id of the chain.
    """
    with contextlib.ExitStack() as stack:

        def made(plural: str, singular: str, **body: Any) -> str:
            url = f"/sfc/{plural}"
            answer = connection.network.post(url, json={singular: body})
            openstack.exceptions.raise_from_response(answer)
            ident = str(answer.json()[singular]["id"])
            stack.callback(removed, f"{url}/{ident}")
            return ident

        def removed(url: str) -> None:
            openstack.exceptions.raise_from_response(connection.network.delete(url))

        groups = []
        for port in ports:
            pair = made("port_pairs", "port_pair", name=name, ingress=port, egress=port)
            groups.append(
                made(
                    "port_pair_groups", "port_pair_group", name=name, port_pairs=[pair]
                )
            )
        classifier = made(
            "flow_classifiers",
            "flow_classifier",
            name=name,
            ethertype="IPv4",
            protocol="tcp",
            logical_source_port=ports[0],
            # Chains may not share packets.
            destination_port_range_min=(chosen := random.randint(1024, 65535)),
            destination_port_range_max=chosen,
        )
        yield made(
            "port_chains",
            "port_chain",
            name=name,
            port_pair_groups=groups,
            flow_classifiers=[classifier],
        )
