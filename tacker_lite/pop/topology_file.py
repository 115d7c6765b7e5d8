"""Reading a topology file; every error names file, line and key.

.. code-block:: yaml

    name: two-pops
    pops:
      - name: pop1
        networks:
          - {name: net_mgmt, cidr: 10.11.0.0/24}
        external: {name: public, cidr: 203.0.113.0/24}
      - name: pop2
        region: west
        capacity: {vcpus: 8, ram_mib: 8192, disk_gib: 100}
    links:
      - {left: pop1, right: pop2}

``flavors``, ``images``, ``projects``, ``users`` and ``catalog`` stand in a PoP or at
the top, for all PoPs; they add to the defaults, and an entry replaces the one of the
same name.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml

from tacker_lite.pop import topology
from tacker_lite.pop.errors import TopologyError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
LAB_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_SHARED_KEYS = ("capacity", "flavors", "images", "projects", "users", "catalog")
_SHAPING_KEYS = ("delay", "jitter", "loss", "rate")

T = TypeVar("T")


@dataclass(frozen=True)
class _Value:
    """A node of the document that knows where it stands."""

    file: str
    node: yaml.Node
    key: str

    def fail(self, message: str) -> TopologyError:
        line = self.node.start_mark.line + 1
        where = f"{self.key}: " if self.key else ""
        return TopologyError(f"{self.file}, line {line}: {where}{message}")

    def mapping(
        self, required: Sequence[str], optional: Sequence[str] = ()
    ) -> dict[str, _Value]:
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fail(f"must be a mapping with {', '.join(required)}")
        result: dict[str, _Value] = {}
        for key_node, value_node in self.node.value:
            name = str(key_node.value)
            path = f"{self.key}.{name}" if self.key else name
            here = _Value(self.file, key_node, path)
            if name in result:
                raise here.fail("is given twice")
            if name not in required and name not in optional:
                known = ", ".join((*required, *optional))
                raise here.fail(f"unknown key; known are {known}")
            result[name] = _Value(self.file, value_node, path)
        for name in required:
            if name not in result:
                raise self.fail(f"needs the key '{name}'")
        return result

    def sequence(self) -> list[_Value]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.fail("must be a list")
        return [
            _Value(self.file, node, f"{self.key}[{index}]")
            for index, node in enumerate(self.node.value)
        ]

    def text(self, pattern: re.Pattern[str] | None = None) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value:
            raise self.fail("must be a text")
        value = str(self.node.value)
        if pattern is not None and not pattern.fullmatch(value):
            raise self.fail(f"'{value}' does not match {pattern.pattern}")
        return value

    def count(self) -> int:
        value = self.text()
        if not value.isascii() or not value.isdigit() or int(value) < 1:
            raise self.fail(f"'{value}' is not a whole number above 0")
        return int(value)


def read(path: str) -> topology.Topology:
    """The lab that a file describes.

    :raises TopologyError: with file, line and key, when it describes none.
    """
    try:
        with open(path, encoding="utf-8") as stream:
            return parse(stream.read(), path)
    except (OSError, UnicodeDecodeError) as error:
        raise TopologyError(f"{path}: cannot be read: {error}") from error


def parse(text: str, file: str = "topology") -> topology.Topology:
    """The lab that a YAML text describes.

    :param file: what errors call the text.
    :raises TopologyError: with file, line and key, when it describes none.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise TopologyError(f"{file}, line {line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise TopologyError(f"{file}: {error}") from error
    if node is None:
        raise TopologyError(f"{file}: is empty; it needs the keys name and pops")
    root = _Value(file, node, "")
    keys = root.mapping(("name", "pops"), ("links", *_SHARED_KEYS))
    name = keys["name"].text(LAB_NAME)
    lab_wide = _shared(keys, _Shared())
    values = keys["pops"].sequence()
    if not values:
        raise keys["pops"].fail("needs at least one PoP")
    pops = [_pop(value, lab_wide) for value in values]
    _refuse_twins(values, [pop.name for pop in pops], "PoP")
    links = _links(keys["links"], {pop.name for pop in pops}) if "links" in keys else ()
    _refuse_shared_addresses(keys["pops"], pops, links)
    return topology.Topology(name=name, pops=tuple(pops), links=links)


@dataclass(frozen=True)
class _Shared:
    """What may be said for all PoPs at once."""

    capacity: topology.Capacity = topology.Capacity()
    flavors: tuple[topology.FlavorEntry, ...] = topology.DEFAULT_FLAVORS
    images: tuple[topology.ImageEntry, ...] = topology.DEFAULT_IMAGES
    projects: tuple[str, ...] = topology.DEFAULT_PROJECTS
    users: tuple[topology.UserEntry, ...] = topology.DEFAULT_USERS
    catalog: tuple[topology.CatalogEntry, ...] = ()


def _shared(keys: dict[str, _Value], base: _Shared) -> _Shared:
    """``base`` overridden by what a mapping says."""

    def merged(key: str, old: tuple[T, ...], read_one: Callable[[_Value], T]) -> Any:
        if key not in keys:
            return old
        values = keys[key].sequence()
        new = [read_one(value) for value in values]
        _refuse_twins(values, [_name_of(entry) for entry in new], key)
        names = {_name_of(entry) for entry in new}
        return (*(entry for entry in old if _name_of(entry) not in names), *new)

    users = merged("users", base.users, _user)
    projects = merged("projects", base.projects, lambda value: value.text(_NAME))
    missing = dict.fromkeys(u.project for u in users if u.project not in projects)
    return _Shared(
        capacity=_capacity(keys["capacity"]) if "capacity" in keys else base.capacity,
        flavors=merged("flavors", base.flavors, _flavor),
        images=merged("images", base.images, _image),
        projects=(*projects, *missing),
        users=users,
        catalog=merged("catalog", base.catalog, _catalog_entry),
    )


def _name_of(entry: Any) -> str:
    return entry if isinstance(entry, str) else entry.name


def _refuse_twins(values: Sequence[_Value], names: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for value, name in zip(values, names, strict=True):
        if name in seen:
            raise value.fail(f"{what}: '{name}' is there already")
        seen.add(name)


def _pop(value: _Value, lab_wide: _Shared) -> topology.Pop:
    keys = value.mapping(("name",), ("region", "networks", "external", *_SHARED_KEYS))
    name = keys["name"].text(_NAME)
    shared = _shared(keys, lab_wide)
    networks: list[topology.NetworkEntry] = []
    if "networks" in keys:
        values = keys["networks"].sequence()
        networks = [_network(network) for network in values]
        _refuse_twins(values, [network.name for network in networks], "network")
    external = _external(keys["external"], networks) if "external" in keys else None
    return topology.Pop(
        name=name,
        region=keys["region"].text(_NAME) if "region" in keys else name,
        networks=tuple(networks),
        external=external,
        capacity=shared.capacity,
        flavors=shared.flavors,
        images=shared.images,
        projects=shared.projects,
        users=shared.users,
        catalog=shared.catalog,
    )


def _capacity(value: _Value) -> topology.Capacity:
    keys = value.mapping((), ("vcpus", "ram_mib", "disk_gib", "hosts"))
    sizes: dict[str, Any] = {name: item.count() for name, item in keys.items()}
    return dataclasses.replace(topology.Capacity(), **sizes)


def _flavor(value: _Value) -> topology.FlavorEntry:
    keys = value.mapping(("name",), ("vcpus", "ram_mib", "disk_gib"))
    name = keys.pop("name").text()
    sizes = {key: item.count() for key, item in keys.items()}
    return topology.FlavorEntry(name=name, **sizes)


def _image(value: _Value) -> topology.ImageEntry:
    """A name, or a mapping that says where the image comes from."""
    if not isinstance(value.node, yaml.MappingNode):
        return topology.ImageEntry(value.text())
    keys = value.mapping(("name",), ("docker", "file"))
    texts = {key: item.text() for key, item in keys.items()}
    if "docker" in keys and "file" in keys:
        raise value.fail("an image comes from 'docker' or 'file', not from both")
    return topology.ImageEntry(**texts)


def _user(value: _Value) -> topology.UserEntry:
    keys = value.mapping(("name", "project"), ("roles", "password"))
    roles: tuple[str, ...] = ("member",)
    if "roles" in keys:
        roles = tuple(role.text(_NAME) for role in keys["roles"].sequence())
    return topology.UserEntry(
        name=keys["name"].text(_NAME),
        project=keys["project"].text(_NAME),
        roles=roles,
        password=keys["password"].text() if "password" in keys else None,
    )


def _catalog_entry(value: _Value) -> topology.CatalogEntry:
    keys = value.mapping(("type", "name", "url"))
    url = keys["url"].text()
    if not re.match(r"https?://[^/]", url):
        raise keys["url"].fail(f"'{url}' is not an http or https URL")
    return topology.CatalogEntry(keys["type"].text(), keys["name"].text(), url)


def _network(value: _Value) -> topology.NetworkEntry:
    keys = value.mapping(("name", "cidr"), ("gateway",))
    cidr = keys["cidr"].text()
    try:
        network = ipaddress.ip_network(cidr)
    except ValueError as error:
        raise keys["cidr"].fail(f"{error}") from error
    if network.num_addresses < 4:
        raise keys["cidr"].fail(f"{cidr} has no room for a gateway and a server")
    gateway = network.network_address + 1
    if "gateway" in keys:
        text = keys["gateway"].text()
        try:
            gateway = ipaddress.ip_address(text)
        except ValueError as error:
            raise keys["gateway"].fail(f"{error}") from error
        ends = (network.network_address, network.broadcast_address)
        if gateway not in network or gateway in ends:
            raise keys["gateway"].fail(f"{text} is not a host address of {cidr}")
    return topology.NetworkEntry(keys["name"].text(), str(network), str(gateway))


def _external(
    value: _Value, networks: Sequence[topology.NetworkEntry]
) -> topology.NetworkEntry:
    entry = _network(value)
    if ":" in entry.cidr:
        raise value.fail(f"{entry.cidr} is not IPv4, which floating addresses are")
    if entry.name in [network.name for network in networks]:
        raise value.fail(f"'{entry.name}' is the name of another network")
    return entry


def _links(value: _Value, pops: set[str]) -> tuple[topology.Link, ...]:
    links: list[topology.Link] = []
    for item in value.sequence():
        keys = item.mapping(("left", "right"), _SHAPING_KEYS)
        for name in _SHAPING_KEYS:
            if name in keys:
                raise keys[name].fail(
                    f"{name} of a link is not offered yet; remove the key"
                )
        for side in ("left", "right"):
            if keys[side].text() not in pops:
                known = ", ".join(sorted(pops))
                raise keys[side].fail(
                    f"there is no PoP '{keys[side].text()}'; there are {known}"
                )
        link = topology.Link(keys["left"].text(), keys["right"].text())
        if link.left == link.right:
            raise item.fail("links a PoP to itself")
        if {link.left, link.right} in [{old.left, old.right} for old in links]:
            raise item.fail(f"{link.left} and {link.right} are linked already")
        links.append(link)
    return tuple(links)


def _refuse_shared_addresses(
    value: _Value, pops: Sequence[topology.Pop], links: Sequence[topology.Link]
) -> None:
    """Networks that are routed to each other, over any number of links, must differ."""
    group = {pop.name: pop.name for pop in pops}

    def root(name: str) -> str:
        while group[name] != name:
            group[name] = name = group[group[name]]
        return name

    for link in links:
        group[root(link.left)] = root(link.right)
    seen: dict[str, list[tuple[Any, str]]] = {}
    for index, (pop, item) in enumerate(zip(pops, value.sequence(), strict=True)):
        others = seen.setdefault(root(pop.name), [])
        external = (pop.external,) if pop.external else ()
        for entry in (*pop.networks, *external):
            network = ipaddress.ip_network(entry.cidr)
            where = f"{pop.name}/{entry.name}"
            for other, there in others:
                if network.version == other.version and network.overlaps(other):
                    raise item.fail(
                        f"networks {there} ({other}) and {where} ({network}) are routed"
                        f" to each other and share addresses; change pops[{index}]"
                    )
            others.append((network, where))
