import testtools

from tacker_lite.tests.unit.pop.faces.openstack.api_client import ApiClient
from tacker_lite.tests.unit.pop.open_lab import OpenLab

_FLAVORS = "compute/v2.1/flavors"


class FlavorAccessTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab())
        self.admin = ApiClient(self.fixture, "admin", "admin")
        self.demo = ApiClient(self.fixture)
        flavor = {"name": "f", "vcpus": 1, "ram": 1, "disk": 1, "id": "own"}
        flavor["os-flavor-access:is_public"] = False
        self.ask("POST", _FLAVORS, {"flavor": flavor})

    def ask(self, method, path, body=None, status=200, by=None, version="2.96"):
        headers = {"OpenStack-API-Version": f"compute {version}"}
        answer = (by or self.admin).ask(method, path, body, **headers)
        self.assertEqual(status, answer.status_code, answer.text)
        return answer.json

    def change(self, action, status=200, flavor="own", **body):
        body = body or {"tenant": self.demo.project_id}
        return self.ask("POST", f"{_FLAVORS}/{flavor}/action", {action: body}, status)

    def seen(self):
        """Whether a member of ``demo`` sees the flavor, and finds it in the list."""
        listed = self.ask("GET", _FLAVORS, by=self.demo)["flavors"]
        shown = self.demo.ask("GET", f"{_FLAVORS}/own").status_code == 200
        return shown, "own" in [flavor["id"] for flavor in listed]

    def test_a_project_sees_it_while_it_may(self):
        self.assertEqual((False, False), self.seen())
        granted = self.change("addTenantAccess")
        entry = {"flavor_id": "own", "tenant_id": self.demo.project_id}
        self.assertEqual({"flavor_access": [entry]}, granted)
        self.assertEqual((True, True), self.seen())
        self.fixture.restart()
        self.admin = ApiClient(self.fixture, "admin", "admin")
        self.demo = ApiClient(self.fixture)
        self.assertEqual((True, True), self.seen())
        listed = self.ask("GET", f"{_FLAVORS}/own/os-flavor-access")
        self.assertEqual(granted, listed)
        self.assertEqual([], self.change("removeTenantAccess")["flavor_access"])
        self.assertEqual((False, False), self.seen())

    def test_its_servers_are_made_by_who_sees_it(self):
        body = self.fixture.server_body(flavorRef="own", name="s")
        self.ask("POST", "compute/v2.1/servers", {"server": body}, 400, self.demo)
        self.change("addTenantAccess")
        self.ask("POST", "compute/v2.1/servers", {"server": body}, 202, self.demo)

    def test_what_is_refused(self):
        public = self.fixture.flavor()
        self.change("addTenantAccess")
        self.change("addTenantAccess", 409)
        self.change("addTenantAccess", 409, flavor=public)
        self.change("addTenantAccess", 404, flavor="none")
        self.change("addTenantAccess", 400, tenant="nobody")
        self.change("addTenantAccess", 400, tenant=5)
        self.change("addTenantAccess", 400, other="x")
        self.change("removeTenantAccess")
        self.change("removeTenantAccess", 404)
        self.change("rename", 400)
        self.ask("GET", f"{_FLAVORS}/{public}/os-flavor-access", status=404)

    def test_its_description(self):
        path = f"{_FLAVORS}/{self.fixture.flavor()}"
        body = {"flavor": {"description": "small"}}
        self.ask("PUT", path, body, 403, self.demo)
        self.ask("PUT", path, body, 404, version="2.54")
        self.ask("PUT", path, {"flavor": {"ram": 5}}, 400)
        self.ask("PUT", path, {"flavor": {}}, 400)
        self.assertEqual("small", self.ask("PUT", path, body)["flavor"]["description"])
        self.fixture.restart()
        self.admin = ApiClient(self.fixture, "admin", "admin")
        self.assertEqual("small", self.ask("GET", path)["flavor"]["description"])
        body = {"flavor": {"description": None}}
        self.assertIsNone(self.ask("PUT", path, body)["flavor"]["description"])
