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
        capacity: {vcpus: 8, ram_mib: 8192, disk_gib: 100, overcommit: {vcpus: 4}}
    links:
      - {left: pop1, right: pop2, delay_ms: 10, rate_mbit: 100}

What one part may be is said by :mod:`.schema` alone, which is published for editors;
what parts must be to each other is checked by what reads them: :mod:`.entries`,
:mod:`.links` and :mod:`.faults`.
"""

from __future__ import annotations

import re

from tacker_lite.pop import topology
from tacker_lite.pop.errors import TopologyError
from tacker_lite.pop.topology_file import entries, faults, links, schema
from tacker_lite.pop.topology_file.document import Document

LAB_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


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
    document = Document(text, file)
    if document.data is None:
        raise TopologyError(f"{file}: is empty; it needs the keys name and pops")
    schema.check(document)
    data = document.data
    pops = entries.pops(document)
    linked = links.links(document)
    links.refuse_shared_addresses(document, pops, linked)
    return topology.Topology(
        name=data["name"],
        pops=pops,
        links=linked,
        faults=faults.faults(document),
        fault_seed=data.get("fault_seed", 0),
    )
