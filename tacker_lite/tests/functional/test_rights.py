"""Who sees and does what, with tokens of three users in two projects.

``admin`` is an administrator in project admin; ``demo`` is a member and ``guest`` a
reader in project demo.
"""

from tacker_lite.tests.functional.deployment import wait_for
from tacker_lite.tests.functional.installed import InstalledCase, sample

FORCE = {"vnf": {"attributes": {"force": True}}}


class TestRights(InstalledCase):
    def setUp(self):
        super().setUp()
        self.admin = self.api
        self.demo = self.deployment.session("demo", "demo")
        self.guest = self.deployment.session("guest", "demo")

    def status(self, session, method: str, path: str, body=None) -> int:
        self.api, before = session, self.api
        try:
            return self.ask(method, path, body).status_code
        finally:
            self.api = before

    def names(self, session, path: str) -> list[str]:
        self.api, before = session, self.api
        try:
            rows = self.ask("GET", path).json()
        finally:
            self.api = before
        return [row["name"] for row in rows[path.partition("?")[0]]]

    def test_a_member_a_reader_and_an_administrator(self):
        self.api = self.demo
        vim = self.made("vims", self.vim_body("theirs", is_default=True))
        vnfd = self.made("vnfds", self.vnfd_body("their-vnfd", sample("hello-world")))
        vnf = self.made("vnfs", {"vnf": {"name": "their-vnf", "vnfd_id": vnfd["name"]}})
        self.assertEqual("ACTIVE", self.settled(vnf["id"])["status"])
        rows = {
            "vims": (vim, {"vim": {"description": "x"}}),
            "vnfds": (vnfd, {"vnfd": {"description": "x"}}),
            "vnfs": (vnf, {"vnf": {"attributes": {}}}),
        }
        resources = f"vnfs/{vnf['id']}/resources"
        for session in (self.demo, self.guest, self.admin):
            for plural, (row, _) in rows.items():
                self.assertIn(row["name"], self.names(session, plural))
                path = f"{plural}/{row['id']}"
                self.assertEqual(200, self.status(session, "GET", path))
            self.assertEqual(200, self.status(session, "GET", resources))

        # Readers change nothing.
        for plural, (row, change) in rows.items():
            path = f"{plural}/{row['id']}"
            self.assertEqual(403, self.status(self.guest, "PUT", path, change))
            self.assertEqual(403, self.status(self.guest, "DELETE", path))
        for plural, body in (
            ("vims", self.vim_body("new")),
            ("vnfds", self.vnfd_body("new", sample("hello-world"))),
            ("vnfs", {"vnf": {"name": "new", "vnfd_id": "their-vnfd"}}),
        ):
            self.assertEqual(403, self.status(self.guest, "POST", plural, body))

        scale = {"scale": {"type": "out", "policy": "SP1"}}
        alarm = {"data": {"alarm_id": "1", "current": "alarm"}}
        trigger = {"policy_name": "busy", "action_name": "log", "params": alarm}
        requests = (("actions", scale), ("triggers", {"trigger": trigger}))
        for child, body in requests:
            path = f"vnfs/{vnf['id']}/{child}"
            self.assertEqual(403, self.status(self.guest, "POST", path, body))
        self.api = self.admin
        foreign = self.made("vnfs", {"vnf": {"name": "foreign", "vnfd_id": "hello"}})
        path = f"vnfs/{foreign['id']}"
        for child, body in requests:
            status = self.status(self.demo, "POST", f"{path}/{child}", body)
            self.assertEqual(404, status)
        self.assertEqual(204, self.status(self.admin, "DELETE", path))

        # To a project, the rows of others are not there.
        for plural, row in (("vims", self.vim), ("vnfds", self.hello)):
            self.assertNotIn(row["name"], self.names(self.demo, plural))
            for method, body in (("GET", None), ("DELETE", None)):
                path = f"{plural}/{row['id']}"
                self.assertEqual(404, self.status(self.demo, method, path, body))
        for foreign in ({"vim_id": self.vim["id"]}, {"vnfd_id": self.hello["id"]}):
            body = {"vnf": {"name": "new", "vnfd_id": "their-vnfd", **foreign}}
            self.assertEqual(404, self.status(self.demo, "POST", "vnfs", body))
        owner = {"tenant_id": self.vim["tenant_id"]}
        body = {"vnf": {"name": "new", "vnfd_id": "their-vnfd", **owner}}
        self.assertEqual(400, self.status(self.demo, "POST", "vnfs", body))

        # Administrators see all projects, or the one that they ask for.
        theirs = f"vims?tenant_id={vim['tenant_id']}"
        self.assertEqual(["theirs"], self.names(self.admin, theirs))
        self.assertEqual({"site-a", "theirs"}, set(self.names(self.admin, "vims")))

        # Force is theirs alone; so are the rows that are then gone.
        path = f"vnfs/{vnf['id']}"
        self.assertEqual(403, self.status(self.demo, "DELETE", path, FORCE))
        self.assertEqual(403, self.status(self.guest, "DELETE", path, FORCE))
        self.assertEqual(204, self.status(self.admin, "DELETE", path, FORCE))
        self.assertEqual(404, self.status(self.demo, "GET", path))
        wait_for("the stack's end", lambda: not self.deployment.stacks())

    def test_events_of_the_own_project(self):
        self.api = self.demo
        vnfd = self.made("vnfds", self.vnfd_body("their-vnfd", sample("hello-world")))
        for session in (self.demo, self.guest):
            self.api = session
            (event,) = self.ask("GET", "events").json()["events"]
            self.assertEqual(vnfd["id"], event["resource_id"])
            self.assertEqual("OnBoarded", event["resource_state"])
        self.api = self.admin
        every = self.ask("GET", "events").json()["events"]
        self.assertGreater(len(every), 3)
        first = f"events/{every[0]['id']}"
        self.assertEqual(200, self.status(self.admin, "GET", first))
        self.assertEqual(404, self.status(self.demo, "GET", first))
