"""Stock clients of a lab that its command started."""

import time

import fixtures
import openstack

from tacker_lite.tests.functional.pop.lab_command import LabCommandCase
from tacker_lite.tests.functional.pop.stock_client import OpenStack

_SLEEP = time.sleep
#: Seconds; what the clients sleep between two looks is cut to that.
LOOK = 0.1


class ClientCase(LabCommandCase):
    """Clients look more often than they do by themselves, else most time is theirs."""

    def setUp(self):
        super().setUp()
        self.useFixture(
            fixtures.MonkeyPatch("time.sleep", lambda s: _SLEEP(min(s, LOOK)))
        )

    def openrc(self, pop):
        """The variables of a PoP's file."""
        path = f"{self.directory}/openrc-{pop}"
        with open(path, encoding="utf-8") as stream:
            lines = stream.read().splitlines()
        return dict(line.removeprefix("export ").split("=", 1) for line in lines)

    def credentials(self, pop="pop1"):
        values = self.openrc(pop)
        names = ("auth_url", "username", "password", "project_name")
        found = {name: values[f"OS_{name.upper()}"] for name in names}
        return {
            **found,
            "user_domain_id": "default",
            "project_domain_id": "default",
        }

    def cli(self, pop="pop1"):
        return OpenStack(self.credentials(pop))

    def sdk(self, pop="pop1"):
        connection = openstack.connect(
            load_envvars=False,
            load_yaml_config=False,
            region_name=self.openrc(pop)["OS_REGION_NAME"],
            **self.credentials(pop),
        )
        self.addCleanup(connection.close)
        return connection
