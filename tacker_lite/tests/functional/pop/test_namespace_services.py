"""All that a balanced VNF takes, on a real lab: routed, balanced, killed, restored."""

import http.client
import os
import shutil
import signal
import time
import urllib.request

import openstack

from tacker_lite.pop.runtime import address_translation, capability
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.labels import Labels
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.functional.pop.lab_command import LabCommandCase

TOPOLOGY = """
name: {name}
pops:
  - name: pop1
    networks: [{{name: net0, cidr: {cidr}}}]
"""
TEMPLATE = """
heat_template_version: 2018-08-31
resources:
  net: {type: OS::Neutron::Net}
  subnet:
    type: OS::Neutron::Subnet
    properties: {network: {get_resource: net}, cidr: 192.168.9.0/24}
  router:
    type: OS::Neutron::Router
    properties: {external_gateway_info: {network: public}}
  leg:
    type: OS::Neutron::RouterInterface
    properties: {router: {get_resource: router}, subnet: {get_resource: subnet}}
  balancer:
    type: OS::Octavia::LoadBalancer
    properties: {vip_subnet: {get_resource: subnet}}
  listener:
    type: OS::Octavia::Listener
    properties:
      loadbalancer: {get_resource: balancer}
      protocol: HTTP
      protocol_port: 80
  pool:
    type: OS::Octavia::Pool
    properties:
      listener: {get_resource: listener}
      protocol: HTTP
      lb_algorithm: ROUND_ROBIN
  monitor:
    type: OS::Octavia::HealthMonitor
    properties:
      {pool: {get_resource: pool}, type: HTTP, delay: 1, timeout: 1, max_retries: 1}
  address:
    type: OS::Neutron::FloatingIP
    properties:
      floating_network: public
      port_id: {get_attr: [balancer, vip_port_id]}
outputs:
  address: {value: {get_attr: [address, floating_ip_address]}}
"""
SERVER = """
  server{n}:
    type: OS::Nova::Server
    properties:
      name: web{n}
      image: host
      flavor: m1.tiny
      networks: [{{port: {{get_resource: port{n}}}}}]
      user_data_format: RAW
      user_data: |
        #!/bin/sh
        mkdir /srv/web && cd /srv/web && hostname > index.html
        exec python3 -m http.server 80
  port{n}:
    type: OS::Neutron::Port
    properties: {{network: {network}}}
  member{n}:
    type: OS::Octavia::PoolMember
    properties:
      pool: {{get_resource: pool}}
      address: {{get_attr: [port{n}, fixed_ips, 0, ip_address]}}
      protocol_port: 80
      subnet: {subnet}
"""
#: Seconds.
PATIENCE = 40


def template(*numbers):
    """The VNF with these servers; every third is on the topology's network."""
    places = {
        number: ("net0", "net0-subnet")
        if number % 3 == 0
        else ("{get_resource: net}", "{get_resource: subnet}")
        for number in numbers
    }
    servers = [
        SERVER.format(n=number, network=network, subnet=subnet)
        for number, (network, subnet) in places.items()
    ]
    head, _, outputs = TEMPLATE.partition("outputs:")
    return head + "".join(servers).lstrip("\n") + "outputs:" + outputs


class ServicesTest(LabCommandCase):
    runtime = "namespace"

    def setUp(self):
        super().setUp()
        reasons = capability.check()
        if not shutil.which("haproxy"):
            reasons.append("the package haproxy is missing")
        try:
            address_translation.check()
        except RuntimeFault as fault:
            reasons.append(str(fault))
        if reasons:
            self.skipTest("NOTHING WAS BALANCED: " + "; ".join(reasons))
        (cidr,) = machine.free_networks(1)
        self.write(TOPOLOGY.format(name=self.name, cidr=cidr))

    def cloud(self):
        path = f"{self.base}/{self.name}/openrc-pop1"
        with open(path, encoding="utf-8") as stream:
            pairs = (line.removeprefix("export ").split("=", 1) for line in stream)
            values = {key: value.strip() for key, value in pairs}
        connection = openstack.connect(
            load_envvars=False,
            load_yaml_config=False,
            region_name="pop1",
            auth_url=values["OS_AUTH_URL"],
            username=values["OS_USERNAME"],
            password=values["OS_PASSWORD"],
            project_name=values["OS_PROJECT_NAME"],
            user_domain_id="default",
            project_domain_id="default",
        )
        self.addCleanup(connection.close)
        return connection

    def write_template(self, *numbers):
        path = os.path.join(os.path.dirname(self.file), "vnf.yaml")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(template(*numbers))
        return path

    def answers(self, address, wanted):
        """Ask until each of those answers, and nobody else has for a round."""
        end = time.monotonic() + PATIENCE
        while True:
            seen = set()
            for _ in range(2 * len(wanted)):
                try:
                    with urllib.request.urlopen(
                        f"http://{address}/", timeout=2
                    ) as answer:
                        seen.add(answer.read().decode().strip())
                except (OSError, http.client.HTTPException) as error:
                    seen.add(str(error))
            if seen == set(wanted):
                return
            if time.monotonic() > end:
                self.fail(f"answers are {seen}, not {wanted}")
            time.sleep(0.1)

    def test_a_balanced_vnf_outlives_the_lab(self):
        self.up()
        cloud = self.cloud()
        stack = cloud.create_stack(
            "vnf", template_file=self.write_template(1, 2), wait=True, timeout=60
        )
        self.assertEqual("CREATE_COMPLETE", stack.status, stack.status_reason)
        (address,) = [output["output_value"] for output in stack.outputs]
        self.answers(address, ["web1", "web2"])
        statuses = self.statuses(cloud)
        self.assertEqual({"ONLINE"}, statuses)
        self.kill()
        self.answers(address, ["web1", "web2"])
        self.up()
        cloud = self.cloud()
        self.answers(address, ["web1", "web2"])
        self.kill_balancer(cloud)
        self.answers(address, ["web1", "web2"])
        cloud.compute.stop_server(cloud.compute.find_server("web1"))
        self.answers(address, ["web2"])
        self.wait_for_statuses(cloud, {"ONLINE", "ERROR"})
        cloud.update_stack(
            "vnf", template_file=self.write_template(2, 3), wait=True, timeout=60
        )
        self.answers(address, ["web2", "web3"])
        cloud.delete_stack("vnf", wait=True)
        self.assertEqual(1, len(machine.namespaces(self.name)))
        self.assertEqual([], machine.server_processes(self.directory))
        cloud.create_stack(
            "vnf", template_file=self.write_template(1), wait=True, timeout=60
        )
        self.kill()
        self.output_of("down", self.name)
        self.assert_nothing_left()

    def kill_balancer(self, cloud):
        """End the HAProxy: the lab starts another one by itself."""
        labels = Labels(self.name)
        (key,) = labels.keys("load_balancer")
        process = labels.read("load_balancer", key)["process"][0]
        os.kill(process, signal.SIGKILL)
        (balancer,) = cloud.load_balancer.load_balancers()
        end = time.monotonic() + PATIENCE
        while labels.read("load_balancer", key)["process"][0] == process:
            self.assertLess(time.monotonic(), end, "no other HAProxy was started")
            time.sleep(0.05)
        cloud.load_balancer.wait_for_load_balancer(balancer.id, interval=0.1)

    def statuses(self, cloud):
        (pool,) = cloud.load_balancer.pools()
        return {row.operating_status for row in cloud.load_balancer.members(pool)}

    def wait_for_statuses(self, cloud, wanted):
        end = time.monotonic() + PATIENCE
        while (seen := self.statuses(cloud)) != wanted:
            if time.monotonic() > end:
                self.fail(f"members are {seen}, not {wanted}")
            time.sleep(0.1)
