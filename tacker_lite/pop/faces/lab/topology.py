"""What the lab was made to be."""

from __future__ import annotations

import dataclasses
from typing import Any

from tacker_lite.pop.faces.lab.request import Answer, Context, Route
from tacker_lite.pop.topology import Pop


def show(ctx: Context) -> Answer:
    """PoPs and links as the topology file wants them, without passwords."""
    lab = ctx.lab
    return 200, {
        "lab": lab.topology.name,
        "runtime": lab.runtime.name,
        "simulated": lab.runtime.simulated,
        "pops": [
            {**_pop(cloud.pop), "auth_url": f"{lab.url}/{name}/identity/v3"}
            for name, cloud in lab.clouds.items()
        ],
        "links": [
            {
                "left": link.left,
                "right": link.right,
                **dataclasses.asdict(link.impairment),
            }
            for link in lab.topology.links
        ],
    }


def _pop(pop: Pop) -> dict[str, Any]:
    return {
        "name": pop.name,
        "region": pop.region,
        "capacity": dataclasses.asdict(pop.capacity),
        "quotas": pop.quotas,
        "networks": [dataclasses.asdict(network) for network in pop.networks],
        "external": dataclasses.asdict(pop.external) if pop.external else None,
        "flavors": [dataclasses.asdict(flavor) for flavor in pop.flavors],
        "images": [dataclasses.asdict(image) for image in pop.images],
        "projects": list(pop.projects),
        "users": [
            {"name": user.name, "project": user.project, "roles": list(user.roles)}
            for user in pop.users
        ],
        "catalog": [dataclasses.asdict(entry) for entry in pop.catalog],
    }


ROUTES: list[Route] = [("GET", "/lab/v1/topology", show)]
