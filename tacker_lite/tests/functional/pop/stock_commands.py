"""A working day of stock commands: what people type, from a token to a load balancer.

Each line is a command line of ``openstack``; every one must end with 0.  ``=> STATUS``
behind one waits until the server ``web`` is so, where the command cannot.
``$directory`` has what :func:`write_files` puts there.
"""

import pathlib
import string
import time

PATIENCE = 20

IDENTITY = """
token issue
catalog list
catalog show compute
service list
endpoint list
region list
project list
project create --description guests-of-today guests
project show guests
user list
user create --password guess-me guest
role list
role add --user guest --project guests member
role assignment list --user guest --names
application credential create robot
application credential list
application credential delete robot
user delete guest
project delete guests
versions show
"""
IMAGES = """
image create --file $directory/disk.tar --disk-format raw --container-format bare disk
image list
image set --property os_distro=x --tag old disk
image show disk
image save --file $directory/saved.tar disk
image delete disk
"""
NETWORKS = """
extension list --network
network agent list
quota show
network create --provider-network-type vxlan --provider-segment 7007 inner
subnet create --network inner --subnet-range 172.27.9.0/28 inner4
subnet create --network inner --subnet-range 172.27.9.32/28 more4
subnet create --network inner --subnet-range fd27:9::/64 --ip-version 6 inner6
network list
network show inner
network set --description plain inner
subnet list
subnet show inner4
subnet set --dns-nameserver 192.0.2.53 inner4
port create --network inner --fixed-ip subnet=inner4,ip-address=172.27.9.5 fixed
port create --network inner --mac-address fa:16:3e:27:09:07 --disable-port-security free
port set --allowed-address ip-address=172.27.9.9 fixed
port unset --allowed-address ip-address=172.27.9.9 fixed
port list
port show fixed
security group create web
security group rule create --protocol tcp --dst-port 80 --remote-ip 0.0.0.0/0 web
security group rule list web
security group list
security group show web
port set --security-group web fixed
router create way
router set --external-gateway public way
router add subnet way inner4
router list
router show way
floating ip create --port fixed --tag shown public
floating ip list
floating ip unset --port $floating
floating ip set --port fixed $floating
floating ip show $floating
"""
SERVERS = """
flavor create --ram 64 --vcpus 1 --disk 0 tiny
flavor list --all
flavor set --property hw:cpu_policy=shared tiny
flavor show tiny
flavor create --ram 96 --vcpus 1 --disk 0 tiny2
keypair create --private-key $directory/key today
keypair list
keypair show today
server group create --policy anti-affinity apart
server group list
server group show apart
availability zone list
limits show --absolute
hypervisor list --long
hypervisor stats show
compute service list
quota set --instances 50 admin
server create --image host --flavor tiny --port fixed --key-name today --wait web
server create --image host --flavor tiny --network net0 --min 2 --max 2 --wait two
server list --long
server show web
server set --property a=b web
server unset --property a web
console log show --lines 5 web
server stop web => SHUTOFF
server start web => ACTIVE
server reboot --wait web
server reboot --hard --wait web
server pause web => PAUSED
server unpause web => ACTIVE
server suspend web => SUSPENDED
server resume web => ACTIVE
server resize --flavor tiny2 --wait web
server resize confirm web => ACTIVE
server rebuild --image host --wait web
server migrate --wait web
server migrate confirm web => ACTIVE
server migrate --live-migration --wait web
server image create --name taken --wait web
image delete taken
server add port web free
server remove port web free
server add network web net0
server remove floating ip web $floating
server add floating ip web $floating
server event list web
"""
CHAINS = """
port create --network inner in1
port create --network inner out1
server add port two-1 in1
server add port two-1 out1
sfc port pair create --ingress in1 --egress out1 pair1
sfc port pair list
sfc port pair show pair1
sfc port pair group create --port-pair pair1 hop1
sfc port pair group list
sfc port pair group show hop1
sfc flow classifier create --protocol tcp --logical-source-port free web
sfc flow classifier list
sfc flow classifier show web
sfc port chain create --port-pair-group hop1 --flow-classifier web way
sfc port chain list
sfc port chain show way
sfc port chain set --description led way
sfc port chain delete way
sfc flow classifier delete web
sfc port pair group delete hop1
sfc port pair delete pair1
server delete --wait two-1 two-2
port delete in1 out1
"""
STACKS = """
orchestration template validate -t $directory/stack.yaml
orchestration resource type list
orchestration resource type show OS::Nova::Server
orchestration build info
stack create --wait --poll 1 -t $directory/stack.yaml site
stack list
stack show site
stack resource list -n 2 site
stack resource show site vm
stack resource metadata site vm
stack event list site
stack template show site
stack output list site
stack output show site address
stack resource signal site out
stack update --wait --existing --parameter number=2 site
stack update --wait -t $directory/stack.yaml site
stack check --wait site
stack suspend --wait site
stack resume --wait site
stack delete --yes --wait site
"""
BALANCERS = """
loadbalancer provider list
loadbalancer quota show admin
loadbalancer create --name lb --vip-subnet-id inner4 --wait
loadbalancer set --description busy --wait lb
loadbalancer unset --description --wait lb
loadbalancer listener create --name l --protocol HTTP --protocol-port 80 --wait lb
loadbalancer listener set --connection-limit 9 --wait l
loadbalancer listener unset --connection-limit --wait l
loadbalancer pool create --name p --protocol HTTP --lb-algorithm ROUND_ROBIN --listener l --wait
loadbalancer pool set --description all --wait p
loadbalancer pool unset --description --wait p
loadbalancer member create --name m --address 172.27.9.5 --protocol-port 80 --wait p
loadbalancer member set --weight 2 --wait p m
loadbalancer member unset --weight --wait p m
loadbalancer healthmonitor create --name h --type TCP --delay 5 --timeout 3 --max-retries 2 --wait p
loadbalancer healthmonitor set --delay 9 --wait h
loadbalancer healthmonitor unset --max-retries-down --wait h
loadbalancer l7policy create --name y --action REJECT --wait l
loadbalancer l7policy set --description no --wait y
loadbalancer l7policy unset --description --wait y
loadbalancer l7rule create --type PATH --compare-type STARTS_WITH --value /x --wait y -f value -c id
loadbalancer l7rule list y
loadbalancer list
loadbalancer show lb
loadbalancer status show lb
loadbalancer stats show lb
loadbalancer listener list
loadbalancer listener show l
loadbalancer listener stats show l
loadbalancer pool list
loadbalancer pool show p
loadbalancer member list p
loadbalancer member show p m
loadbalancer healthmonitor list
loadbalancer healthmonitor show h
loadbalancer failover --wait lb
loadbalancer l7policy delete --wait y
loadbalancer healthmonitor delete --wait h
loadbalancer member delete --wait p m
loadbalancer pool delete --wait p
loadbalancer listener delete --wait l
loadbalancer delete --wait lb
"""  # noqa: E501 - command lines stay whole
END = """
server delete --wait web
server group delete apart
keypair delete today
flavor delete tiny tiny2
floating ip delete $floating
router unset --external-gateway way
router remove subnet way inner4
router delete way
port delete free
port delete fixed
subnet delete more4
network delete inner
security group delete web
token revoke $token
"""
STACK = """
heat_template_version: 2018-08-31
parameters:
  number: {type: number, default: 1}
resources:
  vm:
    type: OS::Nova::Server
    properties: {image: host, flavor: tiny, networks: [{network: net0}]}
  ports:
    type: OS::Heat::ResourceGroup
    properties:
      count: {get_param: number}
      resource_def:
        {type: OS::Neutron::Port, properties: {network: net0}}
  group:
    type: OS::Heat::AutoScalingGroup
    properties:
      min_size: 0
      max_size: 2
      desired_capacity: 0
      resource: {type: OS::Neutron::Port, properties: {network: net0}}
  out:
    type: OS::Heat::ScalingPolicy
    properties:
      auto_scaling_group_id: {get_resource: group}
      adjustment_type: change_in_capacity
      scaling_adjustment: 1
outputs:
  address: {value: {get_attr: [vm, first_address]}}
"""
DAY = (IDENTITY, IMAGES, NETWORKS, SERVERS, CHAINS, STACKS, BALANCERS, END)


def write_files(directory):
    """What the commands read."""
    pathlib.Path(directory, "stack.yaml").write_text(STACK, encoding="utf-8")
    pathlib.Path(directory, "disk.tar").write_bytes(bytes(10240))


def run_day(cli, directory):
    """Run every command.

    :param cli: a :class:`.stock_client.OpenStack` of an administrator.
    :raises CommandFailed: at the first that does not end with 0.
    :returns: how many were run.
    """
    write_files(directory)
    known = {"directory": directory}
    lines = [line for part in DAY for line in part.strip().splitlines()]
    for line in lines:
        command, _, status = line.partition(" => ")
        _learn(cli, command, known)
        cli.run(string.Template(command).substitute(known))
        if status:
            _wait(cli, status)
    return len(lines)


def _learn(cli, command, known):
    """Names that nobody chose are asked for when a command first needs them."""
    if "$floating" in command and "floating" not in known:
        (row,) = cli.read("floating ip list")
        known["floating"] = row["Floating IP Address"]
    if "$token" in command:
        known["token"] = cli.read("token issue")["id"]


def _wait(cli, status):
    deadline = time.monotonic() + PATIENCE
    while (found := cli.read("server show web")["status"]) != status:
        if time.monotonic() > deadline:
            raise AssertionError(f"the server is {found}, not {status}")
