"""A networking API to make mistakes with: of a lab, or of a real cloud."""

WEB = {"protocol": "tcp", "port_range_min": 80, "port_range_max": 80}


class Cloud:
    """A networking API with a session for each user.

    :param sessions: of keystoneauth, by user.
    """

    def __init__(self, sessions):
        self._sessions = sessions
        self.made = {}

    def call(self, user, method, path, body=None):
        return self._sessions[user].request(
            f"/v2.0/{path}",
            method,
            json=body,
            raise_exc=False,
            endpoint_filter={"service_type": "network", "interface": "public"},
        )

    def make(self, key, path, noun, user="member", **attrs):
        answer = self.call(user, "POST", path, {noun: attrs})
        if answer.status_code != 201:
            raise AssertionError(f"{key}: {answer.status_code} {answer.text}")
        made = answer.json()[noun]
        self.made[key] = made["id"]
        return made

    def refusal(self, mistake):
        """Status, type and message of the answer to a mistaken request."""
        fill = {f"{{{name}}}": ident for name, ident in self.made.items()}
        path = mistake.path.format(**self.made)
        body = _filled(mistake.body, fill)
        answer = self.call(mistake.user, mistake.method, path, body)
        try:
            fault = answer.json()["NeutronError"]
        except (ValueError, KeyError, TypeError):
            return answer.status_code, None, answer.text
        if isinstance(fault, str):
            return answer.status_code, None, fault
        return answer.status_code, fault["type"], fault["message"]


def _filled(value, fill):
    if isinstance(value, dict):
        return {key: _filled(item, fill) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, fill) for item in value]
    return fill.get(value, value) if isinstance(value, str) else value


def prepare(cloud, project, public, shared):
    """Objects to make mistakes with.

    :param project: id of the member's project.
    :param public: id of an external network; ``shared`` of one of another project.
    """
    cloud.made |= {"project": project, "public": public, "shared": shared}
    net = cloud.make("net", "networks", "network", name="mistakes")["id"]
    cidr = {"ip_version": 4, "cidr": "10.97.0.0/24"}
    cloud.make("subnet", "subnets", "subnet", network_id=net, **cidr)
    full = cloud.make("full", "networks", "network", name="full")["id"]
    tiny = {"ip_version": 4, "cidr": "10.96.0.0/30", "gateway_ip": None}
    pool = {"allocation_pools": [{"start": "10.96.0.1", "end": "10.96.0.1"}]}
    cloud.make(
        "tiny", "subnets", "subnet", network_id=full, enable_dhcp=False, **tiny, **pool
    )
    cloud.make("last", "ports", "port", network_id=full)
    group = cloud.make("group", "security-groups", "security_group", name="g")["id"]
    listed = cloud.call("member", "GET", "security-groups?name=default").json()
    cloud.made["default"] = listed["security_groups"][0]["id"]
    path, noun = "security-group-rules", "security_group_rule"
    body = {"security_group_id": group, "direction": "ingress", **WEB}
    cloud.make("rule", path, noun, **body)
    special = {
        "port": {
            "mac_address": "fa:16:3e:00:00:20",
            "fixed_ips": [{"ip_address": "10.97.0.20"}],
            "security_groups": [group],
        }
    }
    for name in ("port", "port2", "port3"):
        body = {"network_id": net, "project_id": project, "device_id": "one-server"}
        cloud.make(name, "ports", "port", "admin", **body, **special.get(name, {}))
    cloud.make("idle", "ports", "port", network_id=net)
    elsewhere = {"network_id": net, "device_id": "another-server"}
    cloud.make("elsewhere", "ports", "port", **elsewhere)
    _prepare_router(cloud)
    _prepare_chain(cloud)


def _prepare_router(cloud):
    router = cloud.make("router", "routers", "router", name="mistakes")["id"]
    path = f"routers/{router}/add_router_interface"
    joined = cloud.call("member", "PUT", path, {"subnet_id": cloud.made["subnet"]})
    cloud.made["leg"] = joined.json()["port_id"]


def _prepare_chain(cloud):
    first, second, third = (cloud.made[name] for name in ("port", "port2", "port3"))
    path, noun = "sfc/port_pairs", "port_pair"
    pair = cloud.make("pair", path, noun, ingress=first, egress=second)["id"]
    other = cloud.make("pair2", path, noun, ingress=second, egress=third)["id"]
    path, noun = "sfc/port_pair_groups", "port_pair_group"
    pairs = cloud.make("pairs", path, noun, port_pairs=[pair])["id"]
    cloud.make("pairs2", path, noun, port_pairs=[other])
    ports = {f"destination_port_range_{end}": 80 for end in ("min", "max")}
    classifier = cloud.make(
        "classifier",
        "sfc/flow_classifiers",
        "flow_classifier",
        protocol="tcp",
        logical_source_port=first,
        **ports,
    )["id"]
    cloud.make(
        "chain",
        "sfc/port_chains",
        "port_chain",
        port_pair_groups=[pairs],
        flow_classifiers=[classifier],
    )
