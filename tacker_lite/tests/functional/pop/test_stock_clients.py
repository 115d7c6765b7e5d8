"""The lab's OpenStack APIs, used by the clients that people have.

python-openstackclient, openstacksdk, keystoneauth1 and keystonemiddleware run here as
they are, against a lab on the simulated runtime behind a real HTTP server.
"""

import hashlib
import os
import tempfile

from openstack import exceptions as sdk_exceptions

from tacker_lite.tests.functional.pop.lab_server import LabCase
from tacker_lite.tests.functional.pop.stock_client import OpenStack

_PUBLIC_KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZ1cGhwbXZ0ZXN0a2V5Zm9ydGhlbGFiMDEy test"
)


class CommandLineTest(LabCase):
    def cli(self, user="admin", pop="pop1"):
        return OpenStack(self.server.credentials(user, pop))

    def test_identity(self):
        admin = self.cli()
        issued = admin.process("token issue")
        project = admin.read("project show admin")
        self.assertEqual(project["id"], issued["project_id"])
        services = {entry["Type"]: entry for entry in admin.read("catalog list")}
        for kind in ("identity", "compute", "network", "image", "orchestration"):
            endpoints = {e["interface"]: e for e in services[kind]["Endpoints"]}
            self.assertEqual({"public", "internal", "admin"}, set(endpoints))
            self.assertTrue(
                endpoints["public"]["url"].startswith(f"{self.server.url}/pop1/")
            )
        projects = {entry["Name"] for entry in admin.read("project list")}
        self.assertLessEqual({"admin", "service", "demo"}, projects)
        users = {entry["Name"] for entry in admin.read("user list")}
        self.assertEqual({"admin", "tacker-lite", "demo"}, users)
        self.assertEqual(["Region1"], [r["Region"] for r in admin.read("region list")])
        self.assertIn("admin", [r["Name"] for r in admin.read("role list")])
        types = {entry["Type"] for entry in admin.read("service list")}
        self.assertLessEqual({"compute", "network", "image"}, types)
        self.assertTrue(admin.read("endpoint list"))
        admin.run("project create --description short-lived guests")
        admin.run("user create --password 'x y z' guest")
        admin.run("role add --user guest --project guests member")
        granted = admin.read("role assignment list --user guest --names")
        self.assertEqual("guests@Default", granted[0]["Project"])
        admin.run("user delete guest")
        admin.run("project delete guests")
        self.assertIn("No Project", admin.run("project show guests", fails=True))

    def test_networks(self):
        demo = self.cli("demo")
        network = demo.read("network create --tag blue net1")
        subnet = demo.read(
            "subnet create --network net1 --subnet-range 192.168.7.0/24 "
            "--dns-nameserver 9.9.9.9 sub1"
        )
        self.assertEqual("192.168.7.1", subnet["gateway_ip"])
        port = demo.read(
            "port create --network net1 --fixed-ip "
            "subnet=sub1,ip-address=192.168.7.9 port1"
        )
        self.assertEqual("192.168.7.9", port["fixed_ips"][0]["ip_address"])
        names = {entry["Name"]: entry for entry in demo.read("network list")}
        self.assertEqual([subnet["id"]], names["net1"]["Subnets"])
        demo.run("network set --description mine net1")
        shown = demo.read("network show net1")
        self.assertEqual("mine", shown["description"])
        self.assertEqual(["blue"], shown["tags"])
        demo.run("subnet set --name sub2 sub1")
        self.assertEqual(network["id"], demo.read("subnet show sub2")["network_id"])
        demo.run("port set --allowed-address ip-address=10.9.9.9 port1")
        shown = demo.read("port show port1")
        self.assertEqual("10.9.9.9", shown["allowed_address_pairs"][0]["ip_address"])
        listed = demo.read("port list --network net1")
        self.assertEqual(["port1"], [entry["Name"] for entry in listed])
        self.assertIn("use", demo.run("network delete net1", fails=True))
        demo.run("port delete port1")
        demo.run("subnet delete sub2")
        demo.run("network delete net1")
        self.assertEqual([], demo.read("network list --name net1"))
        self.assertEqual([], demo.read("router list"))
        self.assertEqual([], demo.read("floating ip list"))

    def test_security_groups(self):
        demo = self.cli("demo")
        group = demo.read("security group create web")
        self.assertEqual(2, len(group["rules"]))
        rule = demo.read(
            "security group rule create --protocol tcp --dst-port 80 "
            "--remote-ip 0.0.0.0/0 web"
        )
        self.assertEqual(80, rule["port_range_min"])
        rules = demo.read("security group rule list web")
        self.assertEqual(3, len(rules))
        demo.run(f"security group rule delete {rule['id']}")
        groups = [g["Name"] for g in demo.read("security group list")]
        self.assertEqual({"default", "web"}, set(groups))
        demo.run("security group delete web")

    def test_images(self):
        admin = self.cli()
        content = os.urandom(300_000)
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            image = admin.read(
                f"image create --file {file.name} --disk-format raw "
                "--container-format bare --property os_distro=x disk1"
            )
        self.assertEqual("disk1", image["name"])
        shown = admin.read("image show disk1")
        self.assertEqual("active", shown["status"])
        self.assertEqual(len(content), shown["size"])
        self.assertEqual(hashlib.md5(content).hexdigest(), shown["checksum"])
        self.assertEqual("x", shown["properties"]["os_distro"])
        admin.run("image set --name disk2 --min-ram 64 disk1")
        self.assertEqual(64, admin.read("image show disk2")["min_ram"])
        with tempfile.TemporaryDirectory() as directory:
            path = f"{directory}/saved"
            admin.run(f"image save --file {path} disk2")
            with open(path, "rb") as saved:
                self.assertEqual(content, saved.read())
        self.assertEqual(
            {"host", "disk2"}, {entry["Name"] for entry in admin.read("image list")}
        )
        admin.run("image delete disk2")
        admin.run("image show disk2", fails=True)

    def test_servers(self):
        demo = self.cli("demo")
        demo.run("network create net1")
        demo.run("subnet create --network net1 --subnet-range 192.168.7.0/24 s")
        server = demo.read(
            "server create --image host --flavor m1.tiny --network net1 "
            "--property a=b --wait web1"
        )
        self.assertEqual("ACTIVE", server["status"])
        [listed] = demo.read("server list")
        self.assertEqual("web1", listed["Name"])
        self.assertEqual("host", listed["Image"])
        self.assertEqual("m1.tiny", listed["Flavor"])
        self.assertRegex(listed["Networks"]["net1"][0], r"^192\.168\.7\.\d+$")
        shown = demo.read("server show web1")
        self.assertEqual({"a": "b"}, shown["properties"])
        demo.run("console log show web1")
        demo.run("server stop web1")
        self._wait(demo, "web1", "SHUTOFF")
        demo.run("server start web1")
        self._wait(demo, "web1", "ACTIVE")
        demo.run("server reboot --wait web1")
        demo.run("port create --network net1 port2")
        demo.run("server add port web1 port2")
        addresses = demo.read("server show web1")["addresses"]["net1"]
        self.assertEqual(2, len(addresses))
        demo.run("server remove port web1 port2")
        demo.run("server set --name web2 web1")
        demo.run("server delete --wait web2")
        self.assertEqual([], demo.read("server list"))

    def _wait(self, client, name, status):
        for _ in range(50):
            if client.read(f"server show {name}")["status"] == status:
                return
        self.fail(f"{name} does not become {status}")

    def test_flavors_and_keys(self):
        admin = self.cli()
        admin.run("flavor create --ram 64 --vcpus 1 --disk 0 --id 42 m1.nano")
        admin.run("flavor set --property hw:cpu_policy=shared m1.nano")
        shown = admin.read("flavor show m1.nano")
        self.assertEqual("42", shown["id"])
        self.assertEqual({"hw:cpu_policy": "shared"}, shown["properties"])
        listed = {entry["Name"]: entry for entry in admin.read("flavor list")}
        self.assertEqual(64, listed["m1.nano"]["RAM"])
        admin.run("flavor delete m1.nano")
        self.assertNotIn("m1.nano", admin.run("flavor list"))
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(_PUBLIC_KEY)
            file.flush()
            admin.run(f"keypair create --public-key {file.name} key1")
        self.assertEqual("key1", admin.read("keypair list")[0]["Name"])
        self.assertEqual("key1", admin.read("keypair show key1")["name"])
        admin.run("keypair delete key1")

    def test_capacity(self):
        admin = self.cli()
        limits = {e["Name"]: e["Value"] for e in admin.read("limits show --absolute")}
        self.assertEqual(-1, limits["total_cores"])
        zones = admin.read("availability zone list")
        self.assertIn("nova", [zone["Zone Name"] for zone in zones])
        hypervisor, *_ = admin.read("hypervisor list")
        self.assertEqual("pop1-host1", hypervisor["Hypervisor Hostname"])
        self.assertEqual("up", admin.read("hypervisor show pop1-host1")["state"])
        admin.run("hypervisor stats show")
        quotas = {q["Resource"]: q["Limit"] for q in admin.read("quota show")}
        self.assertEqual(-1, quotas["cores"])
        extensions = {e["Alias"] for e in admin.read("extension list --network")}
        self.assertLessEqual({"security-group", "provider"}, extensions)
        admin.run("compute service list")
        admin.run("network agent list")
        admin.run("versions show")


class SdkTest(LabCase):
    def test_waiting_create_keeps_the_server(self):
        cloud = self.sdk("demo")
        network = cloud.create_network("net1")
        subnet = cloud.create_subnet(network.id, cidr="192.168.7.0/24")
        public = cloud.get_network("public")
        router = cloud.create_router("r1", ext_gateway_net_id=public.id)
        cloud.add_router_interface(router, subnet_id=subnet.id)
        server = cloud.create_server(
            "web1",
            image="host",
            flavor="m1.tiny",
            network="net1",
            wait=True,
            timeout=30,
        )
        self.assertEqual("ACTIVE", server.status)
        self.assertEqual([server.id], [s.id for s in cloud.compute.servers()])
        server = cloud.get_server("web1")
        self.assertRegex(server.private_v4, r"^192\.168\.7\.")
        (floating,) = cloud.network.ips()
        self.assertEqual(server.private_v4, floating.fixed_ip_address)
        self.assertEqual(server.public_v4, floating.floating_ip_address)
        self.assertEqual("m1.tiny", server.flavor.original_name)
        self.assertTrue(cloud.delete_server("web1", wait=True, timeout=30))
        self.assertIsNone(cloud.get_server("web1"))

    def test_stop_start_metadata_and_console(self):
        cloud = self.sdk("demo")
        server = cloud.create_server(
            *("web1", "host", "m1.tiny"), network="net_mgmt", wait=True, timeout=30
        )
        compute = cloud.compute
        compute.set_server_metadata(server, role="db")
        self.assertEqual({"role": "db"}, compute.get_server_metadata(server).metadata)
        compute.stop_server(server)
        compute.wait_for_server(server, "SHUTOFF", interval=0.05, wait=10)
        compute.start_server(server)
        compute.wait_for_server(server, "ACTIVE", interval=0.05, wait=10)
        self.assertIn("output", compute.get_server_console_output(server, length=5))
        [interface] = compute.server_interfaces(server)
        self.assertEqual("ACTIVE", interface.port_state)
        compute.delete_server(server)
        compute.wait_for_delete(server, interval=0.05, wait=10)

    def test_pages(self):
        cloud = self.sdk("demo")
        network = cloud.create_network("net1")
        for number in range(5):
            cloud.network.create_port(network_id=network.id, name=f"port{number}")
        ports = list(cloud.network.ports(limit=2))
        self.assertEqual(5, len({port.id for port in ports}))
        for number in range(5):
            cloud.image.create_image(
                f"image{number}",
                disk_format="raw",
                container_format="bare",
                allow_duplicates=True,
                validate_checksum=False,
            )
        self.assertEqual(6, len(list(cloud.image.images(limit=2))))
        for number in range(5):
            cloud.create_server(f"web{number}", "host", "m1.tiny", network="net_mgmt")
        servers = list(cloud.compute.servers(limit=2))
        self.assertEqual(5, len({server.id for server in servers}))
        self.assertEqual(
            ["web3"], [server.name for server in cloud.compute.servers(name="web3")]
        )

    def test_others_objects_stay_hidden(self):
        admin, demo = self.sdk("admin"), self.sdk("demo")
        network = admin.create_network("secret")
        self.assertIsNone(demo.get_network(network.id))
        self.assertRaises(
            sdk_exceptions.NotFoundException, demo.network.get_network, network.id
        )
        self.assertRaises(sdk_exceptions.ForbiddenException, demo.list_projects)
        self.assertRaises(
            sdk_exceptions.ForbiddenException, demo.create_flavor, "x", 1, 1, 1
        )

    def test_pops_are_apart(self):
        first, second = self.sdk(pop="pop1"), self.sdk(pop="pop2")
        first.create_network("net1")
        self.assertIsNone(second.get_network("net1"))

    def test_bulk_ports_are_all_or_none(self):
        cloud = self.sdk("demo")
        network = cloud.create_network("net1")
        good, bad = {"network_id": network.id}, {"network_id": "none"}
        url = "/ports"
        answer = cloud.network.post(url, json={"ports": [good, good]})
        self.assertEqual(2, len(answer.json()["ports"]))
        answer = cloud.network.post(url, json={"ports": [good, bad]})
        self.assertEqual(404, answer.status_code)
        self.assertEqual(2, len(list(cloud.network.ports(network_id=network.id))))
