"""The resource types that templates may use: one class each, listed here.

Besides, the name of a template among the files sent is a type: see
:class:`.nested.TemplateFile`.
"""

from __future__ import annotations

from tacker_lite.pop.stack.records import Definition
from tacker_lite.pop.stack.resources import (
    alarm,
    chain,
    compute,
    configuration,
    floating_ip,
    group,
    heat,
    image,
    keypair,
    l7,
    nested,
    network,
    port,
    remote_stack,
    router,
    scaling,
    security_group,
    server_group,
    software,
    volume,
    waiting,
)
from tacker_lite.pop.stack.resources.base import ResourceType

TYPES: dict[str, ResourceType] = {
    kind.TYPE: kind()
    for kind in (
        *alarm.TYPES,
        *chain.TYPES,
        compute.Flavor,
        compute.Server,
        configuration.CloudConfig,
        configuration.MultipartMime,
        floating_ip.FloatingIp,
        floating_ip.FloatingIpAssociation,
        group.ResourceGroup,
        heat.Nothing,
        heat.RandomString,
        heat.TestResource,
        heat.Value,
        image.WebImage,
        keypair.KeyPair,
        *l7.TYPES,
        network.Net,
        network.ProviderNet,
        port.Port,
        remote_stack.RemoteStack,
        router.Router,
        router.RouterGateway,
        router.RouterInterface,
        scaling.AutoScalingGroup,
        scaling.ScalingPolicy,
        security_group.SecurityGroup,
        security_group.SecurityGroupRule,
        server_group.ServerGroup,
        software.SoftwareConfig,
        software.SoftwareDeployment,
        software.SoftwareDeploymentGroup,
        network.Subnet,
        *volume.TYPES,
        waiting.Delay,
        waiting.WaitCondition,
        waiting.WaitConditionHandle,
    )
}


def kind_of(name: str) -> ResourceType:
    """The type of a resource that was accepted once."""
    return TYPES.get(name) or nested.TemplateFile(name)


def kind_in(definition: Definition, name: str) -> ResourceType | None:
    """The type that a name means in a stack; None: there is none.

    :raises StackValidationFailed: it is a file's, which holds no template.
    """
    if name in TYPES:
        return TYPES[name]
    if name in definition.files and name.endswith(nested.ENDINGS):
        return nested.TemplateFile(name, definition)
    return None
