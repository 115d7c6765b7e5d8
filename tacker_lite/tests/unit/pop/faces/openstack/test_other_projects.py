"""What members of one project see and change of another's: nothing."""

import uuid

import testtools

from tacker_lite.tests.unit.pop.faces.openstack.api_client import ApiClient
from tacker_lite.tests.unit.pop.open_lab import OpenLab

TOPOLOGY = """
name: unit
pops:
  - name: pop1
    networks: [{name: net0, cidr: 10.1.0.0/28}]
    projects: [admin, service, demo, side]
    users:
      - {name: admin, project: admin, roles: [admin]}
      - {name: demo, project: demo, roles: [member]}
      - {name: amy, project: side, roles: [member]}
"""
_SERVER = "compute/v2.1/servers/{server}"
_IMAGE = "image/v2/images/{image}"
_CREDENTIALS = "identity/v3/users/{user}/application_credentials"
_QUOTA = "compute/v2.1/os-quota-sets/{project}"
_NEWEST = {"OpenStack-API-Version": "compute 2.96"}

#: Method, path, body, what a member of another project is answered.
REFUSED = [
    ("GET", _SERVER, None, 404),
    ("PUT", _SERVER, {"server": {"name": "mine"}}, 404),
    ("DELETE", _SERVER, None, 404),
    *(
        ("POST", _SERVER + "/action", {name: arguments}, 404)
        for name, arguments in {
            "os-start": None,
            "os-stop": None,
            "pause": None,
            "unpause": None,
            "suspend": None,
            "resume": None,
            "revertResize": None,
            "confirmResize": None,
            "lock": None,
            "unlock": None,
            "forceDelete": None,
            "reboot": {"type": "HARD"},
            "resize": {"flavorRef": "x"},
            "rebuild": {"imageRef": str(uuid.UUID(int=0))},
            "createImage": {"name": "x"},
            "os-getConsoleOutput": {},
            "os-getVNCConsole": {"type": "novnc"},
            "addSecurityGroup": {"name": "default"},
            "removeSecurityGroup": {"name": "default"},
            "rescue": None,
            "shelve": None,
            "createBackup": {"name": "x", "backup_type": "daily", "rotation": 1},
        }.items()
    ),
    *(
        ("POST", _SERVER + "/action", {name: arguments}, 403)
        for name, arguments in {
            "migrate": None,
            "os-migrateLive": {"host": None, "block_migration": "auto"},
            "evacuate": {},
            "os-resetState": {"state": "error"},
        }.items()
    ),
    ("GET", _SERVER + "/tags", None, 404),
    ("PUT", _SERVER + "/tags", {"tags": ["x"]}, 404),
    ("PUT", _SERVER + "/tags/x", None, 404),
    ("DELETE", _SERVER + "/tags", None, 404),
    ("GET", _SERVER + "/metadata", None, 404),
    ("PUT", _SERVER + "/metadata", {"metadata": {}}, 404),
    ("GET", _SERVER + "/os-interface", None, 404),
    ("GET", _SERVER + "/os-security-groups", None, 404),
    ("GET", _SERVER + "/os-instance-actions", None, 404),
    ("GET", _SERVER + "/os-instance-actions/{request}", None, 404),
    ("GET", _SERVER + "/os-volume_attachments", None, 404),
    ("POST", _SERVER + "/remote-consoles", {"remote_console": {"type": "x"}}, 404),
    ("GET", "compute/v2.1/os-keypairs/theirs", None, 404),
    ("DELETE", "compute/v2.1/os-keypairs/theirs", None, 404),
    ("GET", "compute/v2.1/os-keypairs?user_id={user}", None, 403),
    ("GET", "compute/v2.1/os-server-groups/{group}", None, 404),
    ("DELETE", "compute/v2.1/os-server-groups/{group}", None, 404),
    ("GET", _QUOTA, None, 403),
    ("GET", _QUOTA + "/detail", None, 403),
    ("PUT", _QUOTA, {"quota_set": {"cores": 1}}, 403),
    ("DELETE", _QUOTA, None, 403),
    ("GET", "compute/v2.1/limits?tenant_id={project}", None, 403),
    ("GET", "compute/v2.1/os-simple-tenant-usage/{project}", None, 403),
    ("GET", "compute/v2.1/flavors/{flavor}", None, 404),
    ("GET", "compute/v2.1/flavors/{flavor}/os-extra_specs", None, 404),
    ("GET", "compute/v2.1/flavors/{flavor}/os-flavor-access", None, 403),
    (
        "POST",
        "compute/v2.1/flavors/{flavor}/action",
        {"addTenantAccess": {"tenant": "{own}"}},
        403,
    ),
    ("GET", _IMAGE, None, 404),
    ("DELETE", _IMAGE, None, 404),
    ("GET", _IMAGE + "/file", None, 404),
    ("GET", _IMAGE + "/members", None, 404),
    ("POST", _IMAGE + "/members", {"member": "{own}"}, 404),
    ("PUT", _IMAGE + "/members/{own}", {"status": "accepted"}, 404),
    ("PUT", _IMAGE + "/tags/x", None, 404),
    ("POST", _IMAGE + "/actions/deactivate", None, 404),
    ("GET", _CREDENTIALS, None, 403),
    (
        "POST",
        _CREDENTIALS,
        {"application_credential": {"name": "for them"}},
        403,
    ),
    ("GET", _CREDENTIALS + "/{credential}", None, 403),
    ("DELETE", _CREDENTIALS + "/{credential}", None, 403),
    # Their object below one's own name is not there either.
    (
        "GET",
        "identity/v3/users/{self}/application_credentials/{credential}",
        None,
        404,
    ),
    (
        "DELETE",
        "identity/v3/users/{self}/application_credentials/{credential}",
        None,
        404,
    ),
    ("GET", "identity/v3/users/{user}", None, 403),
    ("GET", "identity/v3/projects/{project}", None, 403),
]


class OtherProjectsTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab(TOPOLOGY))
        self.owner = ApiClient(self.fixture)
        self.amy = ApiClient(self.fixture, "amy", "side")
        self.names = self.make()

    def make(self):
        """One of everything, for ``demo``; their ids by what they are."""
        made = self.made
        server = self.fixture.create_server()
        self.fixture.settled(server.id, "ACTIVE")
        keypair = {"name": "theirs", "public_key": "ssh-ed25519 AAAA"}
        made("compute/v2.1/os-keypairs", {"keypair": keypair})
        actions = self.owner.ask(
            "GET", f"compute/v2.1/servers/{server.id}/os-instance-actions"
        )
        group = {"name": "g", "policies": ["affinity"]}
        image = {"name": "i", "disk_format": "raw", "container_format": "bare"}
        credential = {"application_credential": {"name": "c"}}
        path = f"identity/v3/users/{self.owner.user_id}/application_credentials"
        flavor = {"name": "f", "vcpus": 1, "ram": 1, "disk": 1}
        flavor["os-flavor-access:is_public"] = False
        return {
            "server": server.id,
            "request": actions.json["instanceActions"][0]["request_id"],
            "group": made("compute/v2.1/os-server-groups", {"server_group": group}),
            "image": made("image/v2/images", image),
            "credential": made(path, credential),
            "flavor": self.fixture.cloud.compute.create_flavor(flavor).id,
            "user": self.owner.user_id,
            "project": self.owner.project_id,
            "self": self.amy.user_id,
            "own": self.amy.project_id,
        }

    def made(self, path, body):
        answer = self.owner.ask("POST", path, body)
        self.assertIn(answer.status_code, (200, 201), answer.text)
        [item] = [answer.json] if "id" in answer.json else answer.json.values()
        return item.get("id")

    def test_nothing_of_theirs_is_seen_or_changed(self):
        before = self.stored()
        for method, path, body, status in REFUSED:
            with self.subTest(f"{method} {path} {body}"):
                answer = self.amy.ask(
                    method, path.format(**self.names), self.filled(body), **_NEWEST
                )
                self.assertEqual(status, answer.status_code, answer.text)
        self.assertEqual(before, self.stored())

    def filled(self, body):
        if isinstance(body, dict):
            return {key: self.filled(value) for key, value in body.items()}
        return body.format(**self.names) if isinstance(body, str) else body

    def stored(self):
        """All that the lab remembers."""
        store = self.fixture.lab.store
        kinds = ("server", "server_actions", "keypair", "server_group", "image")
        more = ("image_member", "application_credential", "quota_set", "flavor")
        return {kind: store.load("pop1", kind) for kind in (*kinds, *more)}

    def test_lists_are_the_projects_own(self):
        for path, key in (
            ("compute/v2.1/servers/detail?all_tenants=1", "servers"),
            ("compute/v2.1/os-keypairs", "keypairs"),
            ("compute/v2.1/os-server-groups?all_projects=1", "server_groups"),
        ):
            answer = self.amy.ask("GET", path)
            if answer.status_code != 403:
                self.assertEqual([], answer.json[key], path)
        answer = self.amy.ask("GET", "image/v2/images?visibility=shared")
        self.assertEqual([], answer.json["images"])
        answer = self.amy.ask("GET", "compute/v2.1/flavors?is_public=None")
        idents = [flavor["id"] for flavor in answer.json["flavors"]]
        self.assertNotIn(self.names["flavor"], idents)
