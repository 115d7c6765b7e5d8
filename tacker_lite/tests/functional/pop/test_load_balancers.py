"""Load balancers as the stock clients and stacks use them, on the simulated runtime."""

import json

from tacker_lite.tests.functional.pop.lab_server import LabCase
from tacker_lite.tests.functional.pop.stack_case import StackCase
from tacker_lite.tests.functional.pop.stock_client import OpenStack

TEMPLATE = """
heat_template_version: 2018-08-31
parameters:
  weight: {type: number, default: 1}
resources:
  balancer:
    type: OS::Octavia::LoadBalancer
    properties: {vip_subnet: net_mgmt-subnet}
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
      session_persistence: {type: HTTP_COOKIE}
  monitor:
    type: OS::Octavia::HealthMonitor
    properties:
      pool: {get_resource: pool}
      type: HTTP
      delay: 5
      timeout: 3
      max_retries: 2
  first:
    type: OS::Octavia::PoolMember
    properties:
      pool: {get_resource: pool}
      address: 10.1.0.200
      protocol_port: 80
      subnet: net_mgmt-subnet
      weight: {get_param: weight}
  second:
    type: OS::Octavia::PoolMember
    properties: {pool: {get_resource: pool}, address: 10.1.0.201, protocol_port: 80}
  policy:
    type: OS::Octavia::L7Policy
    properties:
      listener: {get_resource: listener}
      action: REDIRECT_TO_URL
      redirect_url: http://elsewhere.test/
  rule:
    type: OS::Octavia::L7Rule
    properties:
      l7policy: {get_resource: policy}
      type: PATH
      compare_type: STARTS_WITH
      value: /old
outputs:
  rules: {value: {get_attr: [policy, rules]}}
  address: {value: {get_attr: [balancer, vip_address]}}
  port: {value: {get_attr: [balancer, vip_port_id]}}
"""


class CommandTest(LabCase):
    def setUp(self):
        super().setUp()
        self.demo = OpenStack(self.server.credentials("demo"))

    def balancer(self):
        self.demo.run(
            "loadbalancer create --name lb1 --vip-subnet-id net_mgmt-subnet --wait"
        )
        self.demo.run(
            "loadbalancer listener create --name web --protocol HTTP "
            "--protocol-port 80 --wait lb1"
        )
        self.demo.run(
            "loadbalancer pool create --name all --protocol HTTP "
            "--lb-algorithm ROUND_ROBIN --listener web --wait"
        )

    def test_one_from_its_making_to_its_end(self):
        demo = self.demo
        self.balancer()
        demo.run(
            "loadbalancer healthmonitor create --name check --type HTTP --delay 5 "
            "--timeout 3 --max-retries 3 --url-path /up --wait all"
        )
        demo.run(
            "loadbalancer member create --name m1 --address 10.1.0.50 "
            "--protocol-port 8080 --wait all"
        )
        shown = demo.read("loadbalancer show lb1")
        self.assertEqual("ACTIVE", shown["provisioning_status"])
        self.assertEqual("ONLINE", shown["operating_status"])
        self.assertEqual("simulated", shown["provider"])
        port = demo.read(f"port show {shown['vip_port_id']}")
        self.assertEqual("Octavia", port["device_owner"])
        self.assertIn(
            "device owner Octavia", demo.run(f"port delete {port['id']}", fails=True)
        )
        (member,) = demo.read("loadbalancer member list all")
        self.assertEqual(
            ("m1", "ACTIVE", "10.1.0.50", 8080, "NO_MONITOR", 1),
            tuple(
                member[name]
                for name in (
                    *("name", "provisioning_status", "address", "protocol_port"),
                    *("operating_status", "weight"),
                )
            ),
        )
        demo.run("loadbalancer member set --weight 7 --wait all m1")
        self.assertEqual(7, demo.read("loadbalancer member show all m1")["weight"])
        tree = demo.run("loadbalancer status show lb1")
        for name in ("lb1", "web", "all", "m1", "check"):
            self.assertIn(f'"name": "{name}"', tree)
        self.assertEqual(0, demo.read("loadbalancer stats show lb1")["bytes_in"])
        self.assertEqual(1, len(demo.read("loadbalancer list")))
        self.assertEqual(1, len(demo.read("loadbalancer healthmonitor list")))
        demo.run("loadbalancer failover --wait lb1")
        self.assertIn("has children", demo.run("loadbalancer delete lb1", fails=True))
        demo.run("loadbalancer member delete --wait all m1")
        demo.run("loadbalancer delete --cascade --wait lb1")
        for kind in ("", "listener ", "pool ", "healthmonitor "):
            self.assertEqual([], demo.read(f"loadbalancer {kind}list"))
        demo.run(f"port show {port['id']}", fails=True)

    def test_what_is_refused_says_why(self):
        self.balancer()
        for command, reason in (
            (
                "listener create --protocol TCP --protocol-port 80 lb1",
                "already using protocol HTTP and protocol_port 80",
            ),
            ("listener create --protocol UDP --protocol-port 53 lb1", "UDP"),
            (
                "pool create --protocol TCP --lb-algorithm ROUND_ROBIN --listener web",
                "invalid while the listener protocol is 'HTTP'",
            ),
            (
                "pool create --protocol HTTP --lb-algorithm SOURCE_IP_PORT "
                "--loadbalancer lb1",
                "SOURCE_IP_PORT",
            ),
            (
                "healthmonitor create --type PING --delay 5 --timeout 3 "
                "--max-retries 3 all",
                "PING",
            ),
            (
                "healthmonitor create --type HTTP --delay 5 --timeout 3 "
                "--max-retries 3 --url-path '/a b' all",
                "valid URL Path",
            ),
            ("create --vip-subnet-id none", "none"),
            ("create --vip-subnet-id net_mgmt-subnet --provider f5", "not enabled"),
            ("member create --address nobody --protocol-port 80 all", "IPv4 or IPv6"),
        ):
            said = self.demo.run(f"loadbalancer {command}", fails=True)
            self.assertIn(reason, said)
        other = OpenStack(self.server.credentials("tacker-lite", "pop2"))
        self.assertEqual([], other.read("loadbalancer list"))

    def test_policies_and_their_rules(self):
        self.balancer()
        demo = self.demo
        demo.run(
            "loadbalancer pool create --name images --protocol HTTP "
            "--lb-algorithm ROUND_ROBIN --loadbalancer lb1 --wait"
        )
        demo.run(
            "loadbalancer l7policy create --name pictures --action REDIRECT_TO_POOL "
            "--redirect-pool images --wait web"
        )
        demo.run(
            "loadbalancer l7policy create --name no --action REJECT --position 1 "
            "--wait web"
        )
        demo.run(
            "loadbalancer l7rule create --type FILE_TYPE --compare-type EQUAL_TO "
            "--value jpg --wait pictures"
        )
        rule = json.loads(
            demo.run(
                "loadbalancer l7rule create --type HEADER --key X-Bad --invert "
                "--compare-type REGEX --value 'a|b' --wait no -f json"
            )
        )
        places = {r["name"]: r["position"] for r in _policies(demo)}
        self.assertEqual({"no": 1, "pictures": 2}, places)
        shown = demo.read(f"loadbalancer l7rule show no {rule['id']}")
        self.assertEqual(("X-Bad", True), (shown["key"], shown["invert"]))
        demo.run(f"loadbalancer l7rule set --value c --wait no {rule['id']}")
        demo.run(
            "loadbalancer l7policy set --action REDIRECT_TO_URL "
            "--redirect-url http://x.test/ --wait no"
        )
        tree = demo.run("loadbalancer status show lb1")
        self.assertIn('"action": "REDIRECT_TO_URL"', tree)
        said = demo.run("loadbalancer pool delete images", fails=True)
        self.assertIn("is in use by L7 policy", said)
        demo.run(f"loadbalancer l7rule delete --wait no {rule['id']}")
        demo.run("loadbalancer l7policy delete --wait no")
        (left,) = _policies(demo)
        self.assertEqual(1, left["position"])
        demo.run("loadbalancer delete --cascade --wait lb1")
        self.assertEqual([], _policies(demo))

    def test_quotas_and_what_a_lab_has_not(self):
        admin = OpenStack(self.server.credentials("admin"))
        admin.run("loadbalancer quota set --listener 1 --loadbalancer 1 demo")
        quota = admin.read("loadbalancer quota show demo")
        self.assertEqual((1, -1), (quota["listener"], quota["pool"]))
        self.assertEqual(1, len(admin.read("loadbalancer quota list")))
        self.balancer()
        said = self.demo.run(
            "loadbalancer listener create --protocol TCP --protocol-port 81 lb1",
            fails=True,
        )
        self.assertIn("Quota has been met for resources: Listener", said)
        admin.run("loadbalancer quota reset demo")
        self.assertEqual([], admin.read("loadbalancer quota list"))
        defaults = admin.read("loadbalancer quota defaults show")
        self.assertEqual(-1, defaults["l7policy"])
        for kind in ("flavor", "flavorprofile", "availabilityzone", "amphora"):
            self.assertEqual([], admin.read(f"loadbalancer {kind} list"))
        (provider,) = admin.read("loadbalancer provider list")
        self.assertEqual("simulated", provider["name"])

    def test_members_are_replaced_at_once(self):
        self.balancer()
        cloud = self.sdk("demo")
        pool = cloud.load_balancer.find_pool("all")
        url = f"/v2/lbaas/pools/{pool.id}/members"

        def replace(*addresses, query=""):
            wanted = [{"address": a, "protocol_port": 80} for a in addresses]
            body = {"members": wanted}
            answer = cloud.load_balancer.put(url.removeprefix("/v2") + query, json=body)
            self.assertEqual(202, answer.status_code, answer.text)
            balancer = pool.loadbalancers[0]["id"]
            cloud.load_balancer.wait_for_load_balancer(balancer, interval=0.1)
            return {row.address for row in cloud.load_balancer.members(pool.id)}

        first = {"10.1.0.60", "10.1.0.61"}
        self.assertEqual(first, replace(*first))
        self.assertEqual({"10.1.0.61", "10.1.0.62"}, replace("10.1.0.61", "10.1.0.62"))
        more = replace("10.1.0.63", query="?additive_only=True")
        self.assertEqual({"10.1.0.61", "10.1.0.62", "10.1.0.63"}, more)


def _policies(client):
    return client.read("loadbalancer l7policy list")


class StackTest(StackCase):
    def setUp(self):
        super().setUp()
        self.heat = self.heat_of("demo")

    def test_a_load_balancer_of_a_stack(self):
        stack = self.wait(self.create("balanced", TEMPLATE))
        self.assertEqual("CREATE_COMPLETE", stack.stack_status, stack.to_dict())
        outputs = {o["output_key"]: o["output_value"] for o in stack.outputs}
        service = self.sdk("demo").load_balancer
        (balancer,) = service.load_balancers()
        (policy,) = service.l7_policies()
        self.assertEqual(policy.rules, outputs["rules"])
        self.assertEqual(outputs["address"], balancer.vip_address)
        self.assertEqual(outputs["port"], balancer.vip_port_id)
        (pool,) = service.pools()
        weights = sorted(row.weight for row in service.members(pool.id))
        self.assertEqual([1, 1], weights)
        changes = {"parameters": {"weight": 5}, "existing": True}
        self.heat.stacks.update(stack.id, template=TEMPLATE, **changes)
        self.wait(stack.id)
        weights = sorted(row.weight for row in service.members(pool.id))
        self.assertEqual([1, 5], weights)
        self.heat.stacks.delete(stack.id)
        self.wait_gone(stack.id)
        for rows in (service.load_balancers(), service.pools(), service.listeners()):
            self.assertEqual([], list(rows))
