"""Packages (CSAR): a descriptor with the types it imports and the scripts it names.

A package is a zip file whose ``TOSCA-Metadata/TOSCA.meta`` names the descriptor, or
which has one YAML file at its root (TOSCA Simple Profile in YAML 1.1, chapter 6)::

    TOSCA-Metadata/TOSCA.meta     Entry-Definitions: Definitions/web.yaml
    Definitions/web.yaml          imports: [types.yaml]
    Definitions/types.yaml        node_types, data_types, ...
    Scripts/install.sh            implementation: ../Scripts/install.sh

What becomes of it is one document, without ``imports``, and the texts of the scripts
that its nodes name: nothing else of a package is kept.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from tacker_lite import exceptions
from tacker_lite.tosca import archive, positions, software, structure
from tacker_lite.tosca.archive import Archive
from tacker_lite.tosca.problems import Problems, expect_mapping, kind, near

META = "TOSCA-Metadata/TOSCA.meta"
CSAR_VERSIONS = ("1.0", "1.1")
META_VERSIONS = ("1.0", "1.1")
ENDINGS = (".yaml", ".yml")
IMPLEMENTATION = "implementation"
KEY = "csar"
"""Key of the object that carries a package in the API."""
MAX_IMPORTS = 50

IMPORTED = (
    *structure.TYPE_SECTIONS,
    "tosca_definitions_version",
    "tosca_default_namespace",
    "template_name",
    "template_author",
    "template_version",
    "description",
    "metadata",
    "dsl_definitions",
    "imports",
)
"""Keys of a file that is imported."""


class PackagedDocument(positions.PositionedDict):
    """A descriptor out of a package.

    :ivar file: its place, which errors about it name.
    """

    __slots__ = ("file",)

    def __init__(self, line: int, file: str):
        super().__init__(line)
        self.file = file


@dataclass(frozen=True)
class Package:
    """A package, taken apart.

    :ivar document: the descriptor with the types of what it imports.
    :ivar files: texts of the scripts, by path as the descriptor writes it.
    """

    document: PackagedDocument
    files: dict[str, str] = field(default_factory=dict)


def is_package(data: bytes) -> bool:
    """Whether a file's content is a package and not the text of a descriptor."""
    return archive.is_archive(data)


def read_package(data: bytes, file: str = "") -> Package:
    """Take a package apart, in memory.

    :param file: file name as the user knows it, for messages.
    :raises InvalidTemplate: naming the entry, its line and the remedy.
    """
    entries = Archive(data, file)
    name = _entry_definitions(entries)
    document = _mapping(entries, name)
    merged = PackagedDocument(document.line, entries.place(name))
    merged.update(document)
    merged.lines.update(document.lines)
    if document.get("imports") is not None:
        _Imports(entries, merged).merge(name, document)
        del merged["imports"]
    return Package(merged, _scripts(entries, name, merged))


def unpack_template(given: Any, file: str = "") -> tuple[Any, dict[str, str]]:
    """What a caller of the API gave as template: its document and files.

    :param given: a document, the YAML text of one, or ``{"csar": <base64>}``.
    :param file: file name as the user knows it, for messages.
    :raises InvalidTemplate: when a text or a package cannot be read.
    """
    if isinstance(given, str):
        return positions.read(given, file), {}
    if not isinstance(given, Mapping) or KEY not in given:
        return given, {}
    text = given[KEY]
    if len(given) > 1 or not isinstance(text, str):
        raise exceptions.InvalidTemplate(
            f'a package is an object such as {{"{KEY}": "<base64>"}}, without any '
            "other key",
            file=file,
        )
    if len(text) > archive.MAX_SIZE * 4 // 3 + 4:
        raise exceptions.InvalidTemplate(
            f"the package is larger than {archive.MAX_SIZE} bytes", file=file
        )
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise exceptions.InvalidTemplate(
            f"{KEY} must be a zip file in base64, without line breaks", file=file
        ) from None
    package = read_package(data, file)
    return package.document, package.files


def _entry_definitions(entries: Archive) -> str:
    """The entry that is the descriptor."""
    if META not in entries.names:
        found = [n for n in entries.names if "/" not in n and n.endswith(ENDINGS)]
        if len(found) != 1:
            has = ", ".join(found[:5]) or "none"
            deeper = [n for n in entries.names if n.endswith(f"/{META}")]
            hint = f"; pack what is in {deeper[0][: -len(META)]}" if deeper else ""
            _refuse(
                entries.file,
                f"the package has neither {META} nor one YAML file alone at its root; "
                f"it has there: {has}{hint}",
            )
        return found[0]
    place = entries.place(META)
    meta = _read_meta(entries.text(META), place)
    # The file's own version is missing in what some tools make.
    meta.setdefault("TOSCA-Meta-File-Version", (0, META_VERSIONS[0]))
    for key, versions in (
        ("TOSCA-Meta-File-Version", META_VERSIONS),
        ("CSAR-Version", CSAR_VERSIONS),
    ):
        line, value = meta.get(key, (0, ""))
        if value not in versions:
            given = f'is "{value}"' if value else "is missing"
            _refuse(place, f"{key} {given}; use one of {', '.join(versions)}", line)
    line, name = meta.get("Entry-Definitions", (0, ""))
    if not name:
        _refuse(place, "Entry-Definitions is missing: name the descriptor's file")
    if name not in entries.names:
        hint = archive.fault_of(name) or f"no such file{near(name, entries.names)}"
        _refuse(place, f'Entry-Definitions: "{name}": {hint}', line)
    return name


def _read_meta(text: str, place: str) -> dict[str, tuple[int, str]]:
    """Line and value of each key of the first block."""
    found: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            if found:
                break
            continue
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not (key and colon):
            _refuse(place, "each line must be a key, a colon and a value", number)
        if key in found:
            _refuse(place, f"{key} stands twice", number)
        found[key] = (number, value)
    return found


def _mapping(entries: Archive, name: str) -> positions.PositionedDict:
    place = entries.place(name)
    document = positions.read(entries.text(name), place)
    if not isinstance(document, positions.PositionedDict):
        _refuse(place, f"must be a mapping, not {kind(document)}", 1)
    return document


class _Imports:
    """Puts the types of imported files into the document that imports them."""

    def __init__(self, entries: Archive, merged: PackagedDocument):
        self._entries = entries
        self._merged = merged
        self._seen: set[str] = set()
        self._origin = {
            (section, name): "the descriptor"
            for section in structure.TYPE_SECTIONS
            if isinstance(merged.get(section), Mapping)
            for name in merged[section]
        }

    def merge(
        self,
        importer: str,
        document: positions.PositionedDict,
        line: int = 0,
        chain: tuple[str, ...] = (),
    ) -> None:
        """Merge what a document imports, and what that imports.

        :param line: of the descriptor's own import that led here.
        :param chain: the files that led here.
        """
        chain = (*chain, importer)
        imports = document.get("imports")
        if imports is not None and not isinstance(imports, list):
            self._refuse(importer, document, "imports must be a list")
        for index, item in enumerate(imports or []):
            here = positions.line_of(document, ("imports", index))
            name = self._resolve(importer, here, item)
            if name in chain:
                self._refuse(
                    importer,
                    here,
                    f"imports go round: {' -> '.join((*chain, name))}",
                )
            if name in self._seen:
                continue
            self._seen.add(name)
            if len(self._seen) > MAX_IMPORTS:
                self._refuse(importer, here, f"more than {MAX_IMPORTS} files imported")
            imported = _mapping(self._entries, name)
            self._take(name, imported, line or here)
            self.merge(name, imported, line or here, chain)

    def _resolve(self, importer: str, line: int, item: Any) -> str:
        """The entry that an item of ``imports`` names, in any of its forms."""
        if isinstance(item, Mapping) and len(item) == 1 and "file" not in item:
            item = next(iter(item.values()))
        if isinstance(item, Mapping):
            strange = sorted(str(key) for key in item if key != "file")
            if strange:
                self._refuse(
                    importer, line, f"an import takes file alone, not {strange[0]}"
                )
            item = item.get("file")
        if not isinstance(item, str) or not item:
            self._refuse(
                importer, line, "an import must be the path of a file of the package"
            )
        name = located(importer, item)
        if name not in self._entries.names:
            reason = "no such file in the package" if name else "is outside the package"
            self._refuse(
                importer,
                line,
                f'import "{item}": {reason}{near(name, self._entries.names)}; paths '
                "are relative to the importing file",
            )
        return name

    def _take(self, name: str, document: positions.PositionedDict, line: int) -> None:
        """Add the types of an imported file; their errors point to its import."""
        problems = Problems(document, self._entries.place(name))
        for key in document:
            if key not in IMPORTED:
                problems.add(
                    f"an imported file defines types alone, no {key}: move that into "
                    "the descriptor",
                    (key,),
                )
        version = document.get("tosca_definitions_version", structure.VERSION)
        if not (isinstance(version, str) and version.startswith("tosca_simple_")):
            problems.add(
                f'tosca_definitions_version "{version}" is not supported; use '
                f"{structure.VERSION}",
                ("tosca_definitions_version",),
            )
        for section in structure.TYPE_SECTIONS:
            types = expect_mapping(problems, document.get(section), (section,), section)
            for type_name, definition in types.items():
                place = (section, type_name)
                origin = self._origin.setdefault(place, name)
                if origin != name:
                    problems.add(f"type {type_name} is also in {origin}", place)
                    continue
                self._add(section, type_name, positions.plain(definition), line)
        problems.raise_if_any()

    def _add(self, section: str, name: str, definition: Any, line: int) -> None:
        if not isinstance(self._merged.get(section), Mapping):
            self._merged[section] = positions.PositionedDict(line)
            self._merged.lines[section] = line
        self._merged[section][name] = definition
        self._merged[section].lines[name] = line

    def _refuse(self, importer: str, where: Any, reason: str) -> NoReturn:
        line = where
        if isinstance(where, Mapping):
            line = positions.line_of(where, ("imports",))
        _refuse(self._entries.place(importer), reason, line)


def located(importer: str, path: str) -> str:
    """The entry that ``path`` means in the file ``importer``; ``""`` for none.

    >>> located("Definitions/web.yaml", "../Scripts/install.sh")
    'Scripts/install.sh'
    >>> located("Definitions/web.yaml", "../../etc/passwd")
    ''
    """
    if "\\" in path or "://" in path or path.startswith("/"):
        return ""
    joined = posixpath.join(posixpath.dirname(importer), path)
    name = posixpath.normpath(joined)
    return "" if archive.fault_of(name) else name


def _scripts(
    entries: Archive, importer: str, document: PackagedDocument
) -> dict[str, str]:
    """Texts of the scripts that nodes name, by path as written there.

    :raises InvalidTemplate: naming every node whose script is not to be had.
    """
    problems = Problems(document, document.file)
    files: dict[str, str] = {}
    for path, script in implementations(document):
        if script in files:
            continue
        # Beside the descriptor, or counted from the root as older packages do.
        named = (located(importer, script.strip()), located("", script.strip()))
        name = next((each for each in named if each in entries.names), "")
        if name:
            try:
                files[script] = entries.text(name)
            except exceptions.InvalidTemplate as error:
                problems.add(f'node "{path[2]}": script {name}: {error.reason}', path)
            continue
        reason = "is not in the package" if any(named) else "is outside the package"
        hint = problems.near(named[0], entries.names)
        problems.add(
            f'node "{path[2]}": the script "{script}" {reason}{hint}; pack it, or '
            "write its text here",
            path,
        )
    problems.raise_if_any()
    return files


def implementations(document: Any) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every script with an effect that a node names by path, with its place.

    A text of several lines is the script itself.
    """
    topology = document.get("topology_template")
    nodes = topology.get("node_templates") if isinstance(topology, Mapping) else None
    for name, node in _items(nodes):
        for interface, operations in _items(dict(_items(node)).get("interfaces")):
            for operation, script in _items(operations):
                path: tuple[Any, ...] = (
                    *structure.NODES, name, "interfaces", interface, operation
                )  # fmt: skip
                if operation in software.WITHOUT_EFFECT:
                    continue
                if isinstance(script, Mapping):
                    path, script = (*path, IMPLEMENTATION), script.get(IMPLEMENTATION)
                if isinstance(script, str) and "\n" not in script.strip():
                    yield path, script


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    """What a mapping holds; nothing for what is none."""
    return value.items() if isinstance(value, Mapping) else ()


def _refuse(place: str, reason: str, line: int = 0) -> NoReturn:
    raise exceptions.InvalidTemplate(
        positions.printable(reason), file=place, line=line
    ) from None
