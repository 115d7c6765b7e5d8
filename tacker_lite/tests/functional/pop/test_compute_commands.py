"""What people do with servers, quotas, hosts and credentials, by stock clients."""

import os
import tempfile
import time

from keystoneauth1 import exceptions as ksa_exceptions
from keystoneauth1 import session as ksa_session
from keystoneauth1.identity import v3

from tacker_lite.tests.functional.pop.lab_server import PASSWORD, LabCase
from tacker_lite.tests.functional.pop.stock_client import OpenStack

_PUBLIC_KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZ1cGhwbXZ0ZXN0a2V5Zm9ydGhlbGFiMDEy test"
)


class CommandCase(LabCase):
    def setUp(self):
        super().setUp()
        self.admin = OpenStack(self.server.credentials("admin"))
        self.demo = OpenStack(self.server.credentials("demo"))

    def boot(self, name="web", more=""):
        return self.demo.read(
            f"server create --image host --flavor m1.tiny --network net_mgmt {more}"
            f" --wait {name}"
        )

    def status(self, name="web"):
        return self.demo.read(f"server show {name}")["status"]

    def wait(self, status, name="web"):
        deadline = time.monotonic() + 10
        while (found := self.status(name)) != status:
            if time.monotonic() > deadline:
                self.fail(f"{name} is {found}, not {status}")


class FlavorCommandTest(CommandCase):
    def test_access(self):
        self.admin.run("flavor create --ram 64 --vcpus 1 --private --project demo own")
        shown = self.admin.read("flavor show own")
        self.assertFalse(shown["os-flavor-access:is_public"])
        self.assertEqual(1, len(shown["access_project_ids"]))
        listed = self.demo.read("flavor list")
        self.assertIn("own", [flavor["Name"] for flavor in listed])
        self.admin.run("flavor set --description small own")
        self.assertEqual("small", self.demo.read("flavor show own")["description"])
        self.admin.run("flavor unset --project demo own")
        self.assertIn("own", self.demo.run("flavor show own", fails=True))
        self.admin.run("flavor set --project demo own")
        self.demo.run("flavor show own")


class ServerCommandTest(CommandCase):
    def test_resize_and_rebuild(self):
        self.boot()
        self.demo.run("server resize --flavor m1.small --wait web")
        self.assertEqual("VERIFY_RESIZE", self.status())
        self.demo.run("server resize confirm web")
        shown = self.demo.read("server show web")
        self.assertEqual("ACTIVE", shown["status"])
        self.assertEqual("m1.small", shown["flavor"]["original_name"])
        self.admin.run("flavor create --ram 4096 --vcpus 2 --disk 20 m1.other")
        self.demo.run("server resize --flavor m1.other --wait web")
        self.demo.run("server resize revert web")
        self.wait("ACTIVE")
        shown = self.demo.read("server show web")
        self.assertEqual("m1.small", shown["flavor"]["original_name"])
        self.demo.run("server rebuild --image host --name new --wait web")
        self.assertEqual("ACTIVE", self.status("new"))
        events = self.demo.read("server event list new")
        actions = [event["Action"] for event in events]
        self.assertEqual(
            ["rebuild", "revertResize", "resize", "confirmResize", "resize", "create"],
            actions,
        )
        shown = self.demo.read(f"server event show new {events[0]['Request ID']}")
        self.assertEqual("rebuild", shown["action"])
        self.assertEqual("Success", shown["events"][0]["result"])

    def test_states(self):
        self.boot()
        for command, status in (
            ("pause", "PAUSED"),
            ("unpause", "ACTIVE"),
            ("suspend", "SUSPENDED"),
            ("resume", "ACTIVE"),
            ("stop", "SHUTOFF"),
        ):
            self.demo.run(f"server {command} web")
            self.wait(status)
        refusal = self.demo.run("server pause web", fails=True)
        self.assertIn("while it is in vm_state stopped", refusal)
        self.demo.run("server lock --reason mine web")
        self.assertEqual("mine", self.demo.read("server show web")["locked_reason"])
        self.assertIn("locked", self.demo.run("server start web", fails=True))
        self.demo.run("server unlock web")
        self.admin.run("server set --auto-approve --state error " + self.ident("web"))
        self.assertEqual("ERROR", self.status())
        self.demo.run("server reboot --hard --wait web")
        self.demo.run("server set --property a=b --tag blue web")
        shown = self.demo.read("server show web")
        self.assertEqual(({"a": "b"}, ["blue"]), (shown["properties"], shown["tags"]))
        self.demo.run("server unset --property a --tag blue web")
        self.assertIn("Unavailable", self.demo.run("console url show web", fails=True))
        self.demo.run("server delete --wait web")

    def ident(self, name):
        return self.demo.read(f"server show {name}")["id"]

    def test_images_of_servers(self):
        self.boot()
        image = self.demo.read("server image create --name copy --wait web")
        self.assertEqual("active", self.demo.read("image show copy")["status"])
        self.assertEqual("copy", image["name"])
        server = self.demo.read(
            "server create --image copy --flavor m1.tiny --network net_mgmt --wait w2"
        )
        self.assertEqual("ACTIVE", server["status"])

    def test_hosts(self):
        self.boot()
        ident = self.ident("web")
        self.admin.run("aggregate create --zone east racks")
        self.admin.run("aggregate add host racks pop1-host3")
        zones = {z["Zone Name"] for z in self.admin.read("availability zone list")}
        self.assertLessEqual({"nova", "east"}, zones)
        self.assertEqual(
            ["racks"], [a["Name"] for a in self.admin.read("aggregate list")]
        )
        shown = self.admin.read("aggregate show racks")
        self.assertEqual(["pop1-host3"], shown["hosts"])
        self.boot("far", "--availability-zone east")
        shown = self.admin.read(f"server show {self.ident('far')}")
        self.assertEqual("pop1-host3", shown["OS-EXT-SRV-ATTR:host"])
        self.assertEqual("east", shown["OS-EXT-AZ:availability_zone"])
        self.admin.run("compute service set --disable pop1-host4 nova-compute")
        services = {s["Host"]: s for s in self.admin.read("compute service list")}
        self.assertEqual("disabled", services["pop1-host4"]["Status"])
        old = self.admin.read(f"server show {ident}")["OS-EXT-SRV-ATTR:host"]
        self.admin.run(f"server migrate --live-migration --wait {ident}")
        new = self.admin.read(f"server show {ident}")["OS-EXT-SRV-ATTR:host"]
        self.assertNotIn(new, (old, "pop1-host4"))
        self.admin.run("aggregate remove host racks pop1-host3")
        self.admin.run("aggregate delete racks")
        statistics = self.admin.read(
            "--os-compute-api-version 2.87 hypervisor stats show"
        )
        self.assertEqual((2, 4), (statistics["vcpus_used"], statistics["count"]))
        [usage] = self.admin.read("usage list")
        self.assertEqual(2, len(usage["Servers"]))

    def test_quotas(self):
        self.admin.run("quota set --instances 1 --cores 4 --key-pairs 0 demo")
        self.boot()
        refusal = self.demo.run(
            "server create --image host --flavor m1.tiny --network net_mgmt w2",
            fails=True,
        )
        self.assertIn("Quota exceeded for instances", refusal)
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(_PUBLIC_KEY)
            file.flush()
            create = f"keypair create --public-key {file.name} key1"
            self.assertIn("too many key pairs", self.demo.run(create, fails=True))
        limits = {
            entry["Name"]: entry["Value"]
            for entry in self.demo.read("limits show --absolute")
        }
        self.assertEqual((1, 4), (limits["instances"], limits["total_cores"]))
        self.assertEqual(1, limits["instances_used"])
        shown = {q["Resource"]: q["Limit"] for q in self.admin.read("quota show demo")}
        self.assertEqual(4, shown["cores"])
        self.admin.run("quota delete --compute demo")
        self.boot("w2")

    def test_more_than_there_is_room_for(self):
        self.admin.run("flavor create --ram 64 --vcpus 65 --disk 0 huge")
        failed = self.demo.run(
            "server create --image host --flavor huge --no-network --wait big",
            fails=True,
        )
        self.assertIn("big", failed)
        shown = self.demo.read("server show big")
        self.assertEqual("ERROR", shown["status"])
        self.assertIn("No valid host was found", shown["fault"]["message"])


class CredentialCommandTest(CommandCase):
    def test_application_credentials(self):
        made = self.demo.read("application credential create --secret s3cret robot")
        self.assertEqual("s3cret", made["Secret"])
        self.assertEqual(
            ["robot"],
            [c["Name"] for c in self.demo.read("application credential list")],
        )
        self.assertNotIn("s3cret", self.demo.run("application credential show robot"))
        plugin = v3.ApplicationCredential(
            self.server.auth_url(),
            application_credential_id=made["ID"],
            application_credential_secret="s3cret",
        )
        session = ksa_session.Session(plugin)
        url = f"{self.server.url}/pop1/compute/v2.1/servers"
        self.assertEqual(200, session.get(url).status_code)
        named = v3.ApplicationCredential(
            self.server.auth_url(),
            application_credential_name="robot",
            application_credential_secret="wrong",
            username="demo",
            user_domain_id="default",
        )
        self.assertRaises(
            ksa_exceptions.Unauthorized,
            named.get_token,
            ksa_session.Session(),
        )
        robot = OpenStack(
            {
                "auth_type": "v3applicationcredential",
                "auth_url": self.server.auth_url(),
                "application_credential_id": made["ID"],
                "application_credential_secret": "s3cret",
            }
        )
        self.assertEqual([], robot.read("server list"))
        refusal = robot.run("application credential create another", fails=True)
        self.assertIn("not allowed for managing additional", refusal)
        self.demo.run("application credential delete robot")
        plugin.invalidate()
        self.assertRaises(
            ksa_exceptions.NotFound, plugin.get_token, ksa_session.Session()
        )

    def test_password_and_assignments(self):
        self.demo.run(
            f'user password set --original-password "{PASSWORD}" --password other'
        )
        self.demo.run("token issue", fails=True)
        credentials = {**self.server.credentials("demo"), "password": "other"}
        changed = OpenStack(credentials)
        changed.run("token issue")
        self.assertIn("list_users", changed.run("user list", fails=True))
        listed = self.admin.read("role assignment list --names --project demo")
        self.assertEqual(["demo@Default"], [a["User"] for a in listed])


class ImageCommandTest(CommandCase):
    def test_sharing_and_protection(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(os.urandom(1000))
            file.flush()
            image = self.demo.read(
                f"image create --shared --file {file.name} --tag old disk"
            )
        self.demo.run("image set --property os_distro=x --tag new disk")
        self.demo.run("image unset --tag old --property os_distro disk")
        shown = self.demo.read("image show disk")
        self.assertEqual(["new"], shown["tags"])
        self.assertNotIn("os_distro", shown["properties"])
        admin_project = self.admin.read("token issue")["project_id"]
        self.demo.run(f"image add project disk {admin_project}")
        self.admin.run(f"image set --accept {image['id']}")
        members = self.demo.read("image member list disk")
        self.assertEqual(["accepted"], [m["Status"] for m in members])
        self.demo.run(f"image remove project disk {admin_project}")
        self.demo.run("image set --protected disk")
        self.assertIn("protected", self.demo.run("image delete disk", fails=True))
        self.demo.run("image set --unprotected --deactivate disk")
        self.assertEqual("deactivated", self.demo.read("image show disk")["status"])
        self.demo.run("image set --activate disk")
        self.demo.run("image delete disk")
