import testtools

from tacker_lite.tests.unit.vim.openstack.rendered import render

BALANCER = """
lb: {type: tosca.nodes.nfv.LoadBalancer, requirements: [{virtualLink: VL1}]}
"""
LISTENER = """
http:
  type: tosca.nodes.nfv.LoadBalancer.Listener
  properties: {protocol: HTTP, protocol_port: 80}
  requirements: [{loadBalancer: lb}]
"""
POOL = """
pool:
  type: tosca.nodes.nfv.LoadBalancer.Pool
  properties: {protocol: HTTP, member_port: 8080}
  requirements: [{listener: http}, {member: CP1}]
"""
CREATED_LINK = """
VL1:
  type: tosca.nodes.nfv.VL
  properties: {network_name: own, cidr: 10.9.0.0/24, vendor: x}
"""
SCALING = """
- tier:
    type: tosca.policies.tacker.Scaling
    targets: [VDU1]
    properties:
      {increment: 1, min_instances: 1, max_instances: 3, default_instances: 2}
"""


def balancer(**properties):
    """The load balancer with properties, as YAML."""
    return (
        f"lb: {{type: tosca.nodes.nfv.LoadBalancer, properties: {properties}, "
        "requirements: [{virtualLink: VL1}]}\n"
    )


def listener(protocol):
    return LISTENER.replace("HTTP", protocol)


def pool(**properties):
    """The pool with properties, as YAML."""
    given = {"protocol": "HTTP", "member_port": 8080, **properties}
    return (
        f"pool: {{type: tosca.nodes.nfv.LoadBalancer.Pool, properties: {given}, "
        "requirements: [{listener: http}, {member: CP1}]}\n"
    )


class TestLoadBalancer(testtools.TestCase):
    def test_on_an_existing_link_a_port_tells_the_subnet(self):
        found = render(BALANCER)

        self.assertEqual(
            {"type": "OS::Neutron::Port", "properties": {"network": "net0"}},
            found.resources["lb_subnet_finder"],
        )
        self.assertEqual(
            {
                "type": "OS::Octavia::LoadBalancer",
                "properties": {
                    "vip_subnet": {
                        "get_attr": ["lb_subnet_finder", "fixed_ips", 0, "subnet_id"]
                    }
                },
            },
            found.resources["lb"],
        )
        self.assertNotIn("mgmt_ip-lb", found.main["outputs"])

    def test_on_a_created_link_the_subnet_is_that_of_the_link(self):
        found = render(BALANCER + CREATED_LINK)

        self.assertEqual(
            {"vip_subnet": {"get_resource": "VL1_subnet"}}, found.properties("lb")
        )
        self.assertNotIn("lb_subnet_finder", found.resources)

    def test_a_named_subnet_is_used(self):
        found = render(balancer(subnet="sub0"))

        self.assertEqual({"vip_subnet": "sub0"}, found.properties("lb"))
        self.assertNotIn("lb_subnet_finder", found.resources)

    def test_every_property_is_passed_on(self):
        given = {
            "name": "front",
            "description": "Entry",
            "vip_address": "10.9.0.7",
            "provider": "ovn",
            "flavor": "big",
            "availability_zone": "az1",
            "subnet": "sub0",
        }

        found = render(balancer(**given)).properties("lb")

        given["vip_subnet"] = given.pop("subnet")
        self.assertEqual(given, found)

    def test_inputs_become_parameters(self):
        found = render(
            balancer(vip_address={"get_input": "vip"}, subnet={"get_input": "sub"}),
            inputs="{vip: {type: string}, sub: {type: string}}",
            values={"vip": "10.9.0.7", "sub": "s"},
        )

        self.assertEqual(
            {"vip_address": {"get_param": "vip"}, "vip_subnet": {"get_param": "sub"}},
            found.properties("lb"),
        )

    def test_management_publishes_the_address(self):
        found = render(balancer(management=True))

        self.assertEqual(
            {"value": {"get_attr": ["lb", "vip_address"]}},
            found.main["outputs"]["mgmt_ip-lb"],
        )

    def test_a_floating_ip_leads_to_it(self):
        found = render(
            BALANCER
            + """
fip:
  type: tosca.nodes.network.FloatingIP
  properties: {floating_network: public}
  requirements: [{link: lb}]
"""
        )

        self.assertEqual(
            {
                "floating_network": "public",
                "port_id": {"get_attr": ["lb", "vip_port_id"]},
            },
            found.properties("fip"),
        )


class TestListener(testtools.TestCase):
    def test_every_property_is_passed_on(self):
        found = render(
            BALANCER
            + """
http:
  type: tosca.nodes.nfv.LoadBalancer.Listener
  properties:
    name: web
    description: Clients
    protocol: TCP
    protocol_port: 81
    connection_limit: 9
    allowed_cidrs: [10.0.0.0/8, {get_input: cidr}]
  requirements: [{loadBalancer: lb}]
""",
            inputs="{cidr: {type: string, default: 192.0.2.0/24}}",
        )

        self.assertEqual(
            {
                "type": "OS::Octavia::Listener",
                "properties": {
                    "name": "web",
                    "description": "Clients",
                    "protocol": "TCP",
                    "protocol_port": 81,
                    "connection_limit": 9,
                    "allowed_cidrs": ["10.0.0.0/8", {"get_param": "cidr"}],
                    "loadbalancer": {"get_resource": "lb"},
                },
            },
            found.resources["http"],
        )

    def test_it_passes_on_to_its_pool(self):
        found = render(BALANCER + LISTENER + POOL)

        self.assertEqual(
            {"get_resource": "pool"}, found.properties("http")["default_pool"]
        )


class TestPool(testtools.TestCase):
    def test_defaults(self):
        found = render(BALANCER + LISTENER + POOL)

        self.assertEqual(
            {
                "type": "OS::Octavia::Pool",
                "properties": {
                    "protocol": "HTTP",
                    "lb_algorithm": "ROUND_ROBIN",
                    "loadbalancer": {"get_resource": "lb"},
                },
            },
            found.resources["pool"],
        )
        self.assertNotIn("pool_health_monitor", found.resources)
        self.assertEqual(
            {
                "type": "OS::Octavia::PoolMember",
                "properties": {
                    "pool": {"get_resource": "pool"},
                    "address": {"get_attr": ["CP1", "fixed_ips", 0, "ip_address"]},
                    "subnet": {"get_attr": ["CP1", "fixed_ips", 0, "subnet_id"]},
                    "protocol_port": 8080,
                },
                "depends_on": ["VDU1", "http"],
            },
            found.resources["pool_CP1"],
        )

    def test_every_property_is_passed_on(self):
        given = {
            "name": "servers",
            "description": "Who answers",
            "algorithm": "LEAST_CONNECTIONS",
            "member_weight": {"get_input": "weight"},
            "session_persistence": {"type": "APP_COOKIE", "cookie_name": "SID"},
            "health_monitor": {
                "type": "HTTP",
                "delay": 9,
                "timeout": 4,
                "max_retries": 2,
                "http_method": "HEAD",
                "url_path": "/alive",
                "expected_codes": "200-204",
            },
        }

        found = render(
            BALANCER + LISTENER + pool(**given),
            inputs="{weight: {type: integer, default: 7}}",
        )

        self.assertEqual(
            {
                "name": "servers",
                "description": "Who answers",
                "protocol": "HTTP",
                "lb_algorithm": "LEAST_CONNECTIONS",
                "session_persistence": {"type": "APP_COOKIE", "cookie_name": "SID"},
                "loadbalancer": {"get_resource": "lb"},
            },
            found.properties("pool"),
        )
        self.assertEqual(
            {**given["health_monitor"], "pool": {"get_resource": "pool"}},
            found.properties("pool_health_monitor"),
        )
        self.assertEqual(
            {"get_param": "weight"}, found.properties("pool_CP1")["weight"]
        )

    def test_a_monitor_without_anything_has_defaults(self):
        found = render(BALANCER + LISTENER + pool(health_monitor={}))

        self.assertEqual(
            {
                "type": "TCP",
                "delay": 5,
                "timeout": 3,
                "max_retries": 3,
                "pool": {"get_resource": "pool"},
            },
            found.properties("pool_health_monitor"),
        )

    def test_one_port_answers_for_two_pools(self):
        other = LISTENER.replace("http:", "alt:").replace("80", "81")
        second = POOL.replace("pool:", "pool2:").replace("http", "alt")

        found = render(BALANCER + LISTENER + other + POOL + second)

        self.assertIn("pool_CP1", found.resources)
        self.assertIn("pool2_CP1", found.resources)


class TestScaling(testtools.TestCase):
    def test_members_come_and_go_with_the_copies(self):
        found = render(BALANCER + LISTENER + POOL, policies=SCALING)

        self.assertEqual(
            {"VDU1", "CP1", "pool_CP1"}, set(found.nested["tier_res.yaml"]["resources"])
        )
        member = found.nested["tier_res.yaml"]["resources"]["pool_CP1"]
        self.assertEqual({"get_param": "pool"}, member["properties"]["pool"])
        self.assertEqual(["VDU1"], member["depends_on"])
        self.assertEqual(["http"], found.resources["tier_group"]["depends_on"])
        group = found.properties("tier_group")["resource"]["properties"]
        self.assertEqual({"get_resource": "pool"}, group["pool"])
        self.assertEqual(
            {"lb", "lb_subnet_finder", "http", "pool"}
            | {"tier_group", "tier_scale_out", "tier_scale_in"},
            set(found.resources),
        )

    def test_members_that_do_not_scale_stay(self):
        others = """
VDU2: {type: tosca.nodes.nfv.VDU.Tacker, properties: {image: a, flavor: b}}
CP2:
  type: tosca.nodes.nfv.CP.Tacker
  requirements: [{virtualLink: VL1}, {virtualBinding: VDU2}]
"""
        both = POOL.replace("{member: CP1}", "{member: CP1}, {member: CP2}")

        found = render(others + BALANCER + LISTENER + both, policies=SCALING)

        self.assertIn("pool_CP2", found.resources)
        self.assertIn("pool_CP1", found.nested["tier_res.yaml"]["resources"])
