"""What only the VIM can find out: ERROR with a reason to act on, and a clean delete."""

import requests

from tacker_lite.tests.functional.deployment import wait_for
from tacker_lite.tests.functional.installed import (
    NODES,
    VDU,
    InstalledCase,
    changed,
    sample,
)


class TestHalfway(InstalledCase):
    def assert_ends_in_error(self, document: dict, *words: str) -> None:
        body = {"name": "half", "vnfd_template": document}
        vnf = self.settled(self.made("vnfs", {"vnf": body})["id"])
        self.assertEqual("ERROR", vnf["status"])
        for word in words:
            self.assertIn(word, vnf["error_reason"])
        events = self.ask("GET", f"events.json?resource_id={vnf['id']}").json()
        self.assertIn(vnf["error_reason"], events["events"][-1]["event_details"])
        self.assertEqual(204, self.ask("DELETE", f"vnfs/{vnf['id']}").status_code)
        self.gone(vnf["id"])
        inline = self.ask("GET", "vnfds.json?template_source=inline").json()
        self.assertEqual([], inline["vnfds"])

    def test_what_the_vim_lacks(self):
        for path, value in (
            (f"{VDU}/image", "no-such-image"),
            (f"{VDU}/flavor", "no-such-flavor"),
            (f"{NODES}/VL1/properties/network_name", "no-such-network"),
        ):
            with self.subTest(path):
                document = changed("hello-world", path, value)
                self.assert_ends_in_error(document, value)

    def test_an_address_in_use(self):
        address = self.deployment.address("pop1", "net0", 77)
        openstack = self.deployment.openstack
        fixed = ("--fixed-ip", f"ip-address={address}")
        openstack("port", "create", "--network", "net0", *fixed, "taken")
        document = changed("hello-world", f"{NODES}/CP1/properties/ip_address", address)
        self.assert_ends_in_error(document, address, "CP1")
        # One server of two cannot be: the other one leaves as well.
        two = sample("two-site-web")
        for name in ("web1", "web2"):
            two["topology_template"]["inputs"][f"{name}_name"]["default"] = name
        free = self.deployment.address("pop1", "net0", 78)
        two["topology_template"]["inputs"]["web1_address"]["default"] = free
        two["topology_template"]["inputs"]["web2_address"]["default"] = address
        self.assert_ends_in_error(two, address)
        self.assertEqual([], self.deployment.rows("server", "list"))

    def test_an_update_that_the_vim_refuses(self):
        values = {"param_values": {"server_name": "a"}}
        body = {"name": "half", "vnfd_id": "inputs", "attributes": values}
        vnf = self.settled(self.made("vnfs", {"vnf": body})["id"])
        self.assertEqual("ACTIVE", vnf["status"])
        values = {"param_values": {"server_name": "b"}}
        path = f"vnfs/{vnf['id']}.json"
        self.ask("PUT", path, {"vnf": {"attributes": values}})
        vnf = self.settled(vnf["id"])
        self.assertEqual("ACTIVE", vnf["status"])
        servers = self.deployment.rows("server", "list")
        self.assertEqual(["b"], [row["Name"] for row in servers])
        kept = vnf["attributes"]
        values = {"param_values": {"network": "no-such-network"}}
        self.ask("PUT", path, {"vnf": {"attributes": values}})
        vnf = self.settled(vnf["id"])
        self.assertEqual("ERROR", vnf["status"])
        self.assertIn("no-such-network", vnf["error_reason"])
        self.assertEqual(kept, vnf["attributes"])
        values = {"param_values": {"server_name": "c"}}
        self.ask("PUT", path, {"vnf": {"attributes": values}})
        vnf = self.settled(vnf["id"])
        self.assertEqual(("ACTIVE", None), (vnf["status"], vnf["error_reason"]))
        servers = self.deployment.rows("server", "list")
        self.assertEqual(["c"], [row["Name"] for row in servers])
        self.ask("DELETE", path)
        self.gone(vnf["id"])

    def test_the_vim_dies_and_comes_back(self):
        """A create and a delete in hand go on when the VIM is there again."""
        create = {"vnf": {"name": "a", "vnfd_id": "hello"}}
        first = self.made("vnfs", create)["id"]
        self.settled(first)
        created = self.made("vnfs", {"vnf": {**create["vnf"], "name": "b"}})["id"]
        self.assertEqual(204, self.ask("DELETE", f"vnfs/{first}.json").status_code)
        self.deployment.kill_lab()
        # Tokens are the killed lab's, too: one not seen before cannot be checked.
        answer = requests.get(
            f"{self.deployment.url}/v1.0/vnfs", headers={"X-Auth-Token": "new"}
        )
        self.assertEqual(503, answer.status_code, answer.text)
        self.assertIn("identity service", answer.json()["TackerError"]["message"])
        self.deployment.start_lab()
        self.api = self.deployment.session()
        self.assertEqual("ACTIVE", self.settled(created)["status"])
        wait_for("its end", lambda: self.ask("GET", f"vnfs/{first}").status_code == 404)
        name = f"b_{created}"
        self.assertEqual([name], [s.stack_name for s in self.deployment.stacks()])
        self.ask("DELETE", f"vnfs/{created}.json")
        self.gone(created)
