"""What the lab's OpenStack APIs answer to single requests, malformed ones too."""

import requests
from keystoneauth1 import exceptions as ksa_exceptions
from keystoneauth1 import session as ksa_session
from keystoneauth1.identity import v3
from keystonemiddleware import auth_token
from webob import Request

from tacker_lite.tests.functional.pop.lab_server import PASSWORD, LabCase


class TokenTest(LabCase):
    def test_wrong_password_and_unknown_user(self):
        for wrong in ({"password": "no"}, {"username": "nobody"}):
            plugin = v3.Password(**{**self.server.credentials(), **wrong})
            self.assertRaises(
                ksa_exceptions.Unauthorized, plugin.get_token, ksa_session.Session()
            )

    def test_validate_and_revoke(self):
        url = f"{self.server.auth_url()}/auth/tokens"
        subject = self.token("demo")
        headers = {"X-Auth-Token": self.token(), "X-Subject-Token": subject}
        shown = requests.get(url, headers=headers, timeout=10)
        self.assertEqual(200, shown.status_code)
        self.assertEqual(subject, shown.headers["X-Subject-Token"])
        self.assertEqual("demo", shown.json()["token"]["user"]["name"])
        self.assertEqual(
            200, requests.head(url, headers=headers, timeout=10).status_code
        )
        self.assertEqual(
            204, requests.delete(url, headers=headers, timeout=10).status_code
        )
        for method in (requests.get, requests.head, requests.delete):
            self.assertEqual(404, method(url, headers=headers, timeout=10).status_code)
        headers = {"X-Auth-Token": subject}
        projects = f"{self.server.auth_url()}/auth/projects"
        self.assertEqual(
            401, requests.get(projects, headers=headers, timeout=10).status_code
        )

    def test_nobody_but_services_sees_others_tokens(self):
        url = f"{self.server.auth_url()}/auth/tokens"
        headers = {
            "X-Auth-Token": self.token("demo"),
            "X-Subject-Token": self.token("admin"),
        }
        self.assertEqual(
            403, requests.get(url, headers=headers, timeout=10).status_code
        )

    def test_a_service_guarded_by_keystonemiddleware(self):
        def guarded(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            names = ("HTTP_X_USER_NAME", "HTTP_X_PROJECT_NAME", "HTTP_X_ROLES")
            return [" ".join(environ[name] for name in names).encode()]

        service = self.server.credentials("tacker-lite")
        application = auth_token.AuthProtocol(
            guarded,
            {
                "www_authenticate_uri": self.server.auth_url(),
                "auth_type": "password",
                "service_token_roles_required": True,
                **service,
            },
        )
        request = Request.blank("/", headers={"X-Auth-Token": self.token("demo")})
        answer = request.get_response(application)
        self.assertEqual("demo demo member", answer.text)
        request = Request.blank("/", headers={"X-Auth-Token": "made up"})
        self.assertEqual(401, request.get_response(application).status_code)
        self.assertNotIn(PASSWORD, answer.text)


class RawRequestTest(LabCase):
    def setUp(self):
        super().setUp()
        self.http = requests.Session()
        self.addCleanup(self.http.close)
        self.http.headers["X-Auth-Token"] = self.token()
        self.base = f"{self.server.url}/pop1"

    def test_discovery_documents_need_no_token(self):
        cases = {
            "identity": 300,
            "identity/v3": 200,
            "compute": 200,
            "compute/v2.1": 200,
            "network": 200,
            "network/v2.0": 200,
            "image": 300,
        }
        for path, status in cases.items():
            for slash in ("", "/"):
                answer = requests.get(f"{self.base}/{path}{slash}", timeout=10)
                self.assertEqual(status, answer.status_code, path)
        version = requests.get(f"{self.base}/compute/v2.1", timeout=10).json()
        self.assertEqual("2.96", version["version"]["version"])
        self.assertEqual("2.1", version["version"]["min_version"])

    def test_flavor_of_a_server_by_microversion(self):
        cloud = self.sdk()
        server = cloud.create_server(
            *("web1", "host", "m1.tiny"), network="net_mgmt", wait=True, timeout=30
        )
        url = f"{self.base}/compute/v2.1/servers/{server.id}"
        for text, keys in (("2.46", {"id", "links"}), ("2.47", {"original_name"})):
            headers = {"OpenStack-API-Version": f"compute {text}"}
            answer = self.http.get(url, headers=headers)
            self.assertEqual(f"compute {text}", answer.headers["OpenStack-API-Version"])
            self.assertLessEqual(keys, set(answer.json()["server"]["flavor"]))
        answer = self.http.get(url, headers={"OpenStack-API-Version": "compute 2.97"})
        self.assertEqual(406, answer.status_code)

    def test_server_filters(self):
        cloud = self.sdk("demo")
        for name in ("web-1", "web-2", "db(1)"):
            cloud.create_server(
                *(name, "host", "m1.tiny"), network="net_mgmt", wait=True, timeout=30
            )
        url = f"{self.base}/compute/v2.1/servers"
        for query, found in (
            ("name=web", {"web-1", "web-2"}),
            ("name=^web-1$", {"web-1"}),
            ("name=db(1)", {"db(1)"}),
            ("name=(", {"db(1)"}),
            ("status=active&name=db", {"db(1)"}),
            ("status=SHUTOFF", set()),
            ("deleted=True", set()),
            ("ip=10.1.0.", {"web-1", "web-2", "db(1)"}),
            ("project_id=nobody", set()),
        ):
            answer = self.http.get(f"{url}?all_tenants=1&{query}").json()
            self.assertEqual(found, {s["name"] for s in answer["servers"]}, query)
        self.assertEqual([], self.http.get(url).json()["servers"])
        self.http.headers["X-Auth-Token"] = self.token("demo")
        self.assertEqual(3, len(self.http.get(url).json()["servers"]))
        self.assertEqual(403, self.http.get(f"{url}?all_tenants=1").status_code)
        answer = self.http.get(f"{url}/detail?sort_key=display_name&limit=2").json()
        names = [server["name"] for server in answer["servers"]]
        self.assertEqual(["db(1)", "web-1"], names)
        answer = self.http.get(answer["servers_links"][0]["href"]).json()
        self.assertEqual(["web-2"], [server["name"] for server in answer["servers"]])

    def test_server_without_room_says_so(self):
        flavor = self.sdk().create_flavor("m1.huge", ram=1, vcpus=1000, disk=0)
        body = {
            "name": "web",
            "flavorRef": flavor.id,
            "imageRef": self.sdk().get_image("host").id,
            "networks": "none",
        }
        url = f"{self.base}/compute/v2.1/servers"
        headers = {"OpenStack-API-Version": "compute 2.37"}
        answer = self.http.post(url, json={"server": body}, headers=headers)
        self.assertEqual(202, answer.status_code, answer.text)
        ident = answer.json()["server"]["id"]
        server = self.http.get(f"{url}/{ident}").json()["server"]
        self.assertEqual("ERROR", server["status"])
        self.assertIn("No valid host", server["fault"]["message"])

    def test_image_filters(self):
        [image] = self.http.get(f"{self.base}/image/v2/images").json()["images"]
        for query, found in (
            (f"id=in:{image['id']},0", 1),
            ("id=in:0,1", 0),
            ("name=host", 1),
            ("name=in:host,b", 1),
            ("name=b", 0),
        ):
            answer = self.http.get(f"{self.base}/image/v2/images?{query}")
            self.assertEqual(found, len(answer.json()["images"]), query)

    def test_fields(self):
        url = f"{self.base}/network/v2.0/networks?fields=id&fields=name"
        for network in self.http.get(url).json()["networks"]:
            self.assertEqual({"id", "name"}, set(network))

    def test_malformed_requests_are_never_a_500(self):
        values = (None, 1, -1, True, "", "x", "\x00", [], [1], {}, {"a": None}, [{}])
        objects = {
            "network/v2.0/networks": ("network", ["name", "shared", "mtu", "tags"]),
            "network/v2.0/subnets": (
                "subnet",
                ["network_id", "cidr", "gateway_ip", "allocation_pools", "ip_version"],
            ),
            "network/v2.0/ports": (
                "port",
                ["network_id", "fixed_ips", "mac_address", "security_groups"],
            ),
            "network/v2.0/security-groups": ("security_group", ["name", "stateful"]),
            "network/v2.0/security-group-rules": (
                "security_group_rule",
                ["security_group_id", "direction", "protocol", "port_range_min"],
            ),
            "compute/v2.1/servers": (
                "server",
                [
                    "name",
                    "flavorRef",
                    "imageRef",
                    "networks",
                    "metadata",
                    "user_data",
                    "block_device_mapping_v2",
                    "min_count",
                    "security_groups",
                ],
            ),
            "compute/v2.1/flavors": ("flavor", ["name", "id", "ram", "swap"]),
            "compute/v2.1/os-keypairs": ("keypair", ["name", "public_key", "user_id"]),
            "identity/v3/auth/tokens": ("auth", ["identity", "scope"]),
            "identity/v3/projects": ("project", ["name", "enabled", "description"]),
            "identity/v3/users": ("user", ["name", "password", "default_project_id"]),
        }
        network = self.sdk().create_network("net1")
        whole = {
            "network_id": network.id,
            "name": "x",
            "flavorRef": self.sdk().get_flavor("m1.tiny").id,
            "imageRef": self.sdk().get_image("host").id,
            "ram": 1,
            "vcpus": 1,
            "cidr": "10.5.0.0/24",
        }
        for path, (key, names) in objects.items():
            bodies = list(values)
            bodies += [{key: value} for value in values]
            bodies += [{key: {name: value}} for name in names for value in values]
            bodies += [
                {key: {k: v for k, v in whole.items() if k in names} | {name: value}}
                for name in names
                for value in values
            ]
            for body in bodies:
                answer = self.http.post(f"{self.base}/{path}", json=body)
                self.assertLess(answer.status_code, 500, (path, body, answer.text))

    def test_malformed_images_are_never_a_500(self):
        url = f"{self.base}/image/v2/images"
        image = self.http.post(url, json={"name": "x"}).json()["id"]
        values = (None, 1, -1, True, "", "x", "\x00", [], [1], {}, {"a": None}, [{}])
        names = ("id", "name", "visibility", "tags", "min_disk", "size", "anything")
        bodies = [*values, *({name: value} for name in names for value in values)]
        for body in bodies:
            answer = self.http.post(url, json=body)
            self.assertLess(answer.status_code, 500, (body, answer.text))
        kind = "application/openstack-images-v2.1-json-patch"
        patches = [[value] for value in values] + list(values)
        patches += [
            [{"op": op, "path": path, "value": value}]
            for op in ("add", "replace", "remove", "x", None)
            for path in ("/name", "/tags", "/id", "name", "/a/b", "", None, 1)
            for value in values
        ]
        for patch in patches:
            answer = self.http.patch(
                f"{url}/{image}", json=patch, headers={"Content-Type": kind}
            )
            self.assertLess(answer.status_code, 500, (patch, answer.text))
        wrong = self.http.put(f"{url}/{image}/file", data=b"x")
        self.assertEqual(415, wrong.status_code)

    def test_upload_without_a_length(self):
        url = f"{self.base}/image/v2/images"
        body = {"name": "x", "disk_format": "raw", "container_format": "bare"}
        image = self.http.post(url, json=body).json()["id"]
        answer = self.http.put(
            f"{url}/{image}/file",
            data=(part for part in (b"abc", b"def")),
            headers={"Content-Type": "application/octet-stream"},
        )
        self.assertEqual(204, answer.status_code, answer.text)
        self.assertEqual(b"abcdef", self.http.get(f"{url}/{image}/file").content)

    def test_connection_goes_on_after_a_refused_upload(self):
        url = f"{self.base}/image/v2/images"
        body = {"name": "x", "disk_format": "raw", "container_format": "bare"}
        image = self.http.post(url, json=body).json()["id"]
        for data in (b"x" * 3_000_000, (b"y" * 300_000 for _ in range(10))):
            answer = self.http.put(
                f"{url}/{image}/file",
                data=data,
                headers={
                    "Content-Type": "application/octet-stream",
                    "X-Auth-Token": "made up",
                },
            )
            self.assertEqual(401, answer.status_code)
            self.assertEqual("queued", self.http.get(f"{url}/{image}").json()["status"])
