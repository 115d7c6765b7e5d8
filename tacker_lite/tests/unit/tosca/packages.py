"""Packages for tests: a good one, and ways to make others."""

from __future__ import annotations

import io
import zipfile

from tacker_lite.tests.unit.tosca import descriptors

META = "TOSCA-Metadata/TOSCA.meta"
ENTRY = "Definitions/web.yaml"
META_TEXT = (
    "TOSCA-Meta-File-Version: 1.0\nCSAR-Version: 1.1\nCreated-By: tests\n"
    f"Entry-Definitions: {ENTRY}\n"
)
SOFTWARE = """\
    web:
      type: tosca.nodes.nfv.VNFC.Tacker
      requirements:
        - host: VDU1
      interfaces:
        Standard:
          create: ../Scripts/install.sh
          configure:
            implementation: ../Scripts/configure.sh
            inputs: { greeting: hello }
          start: |
            #!/bin/sh
            systemctl start web
"""
TYPES = """\
tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0
node_types:
  example.nodes.Web:
    derived_from: tosca.nodes.nfv.VDU.Tacker
"""
INSTALL = "#!/bin/sh\napt-get install -y web\n"
CONFIGURE = '#!/bin/sh\necho "$greeting" > /etc/web\n'

Files = dict[str, "str | bytes"]


def descriptor(head: str = "imports: [types.yaml]\n") -> str:
    """A descriptor of one VDU with software.

    :param head: lines after the first one.
    """
    return descriptors.changed(
        ("description: One server\n", head),
        ("    VDU1:\n      type: tosca.nodes.nfv.VDU.Tacker", "    VDU1:\n      type: "
         "example.nodes.Web"),
    ) + SOFTWARE  # fmt: skip


def good() -> Files:
    """What is in a package of a descriptor, its types and its scripts."""
    return {
        META: META_TEXT,
        ENTRY: descriptor(),
        "Definitions/types.yaml": TYPES,
        "Scripts/install.sh": INSTALL,
        "Scripts/configure.sh": CONFIGURE,
        "Files/logo.png": b"\x89PNG\r\n\x1a\n\x00\xff",
    }


def packed(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these files."""
    return packed_entries([(name, content) for name, content in files.items()], method)


def packed_entries(entries, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of entries in this order, also of the same name several times.

    :param entries: pairs of a name, or a :class:`zipfile.ZipInfo`, and the content.
    """
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return data.getvalue()


def changed(**changes) -> Files:
    """The good package's files with some replaced, added, or (None) left out.

    :param changes: content by ``meta``, ``entry``, ``types``, or by path in ``files``.
    """
    files = good() | changes.pop("files", {})
    names = {"meta": META, "entry": ENTRY, "types": "Definitions/types.yaml"}
    files |= {names[key]: value for key, value in changes.items()}
    return {name: content for name, content in files.items() if content is not None}
