"""What python-openstackclient asks of a plugin."""

from __future__ import annotations

from osc_lib import utils

from tacker_lite.client import Client

DEFAULT_API_VERSION = "1"
API_VERSION_OPTION = "os_tacker_api_version"
API_NAME = "nfv_orchestration"
API_VERSIONS = {"1": "tacker_lite.client.Client", "1.0": "tacker_lite.client.Client"}


def make_client(instance) -> Client:
    """A client that shares the shell's session, region and interface."""
    return Client(
        instance.session,
        region_name=instance.region_name,
        interface=instance.interface,
        endpoint=instance.get_endpoint_for_service_type(
            "nfv-orchestration",
            region_name=instance.region_name,
            interface=instance.interface,
        ),
    )


def build_option_parser(parser):
    """Add the option that selects the API's version."""
    parser.add_argument(
        "--os-tacker-api-version",
        metavar="<tacker-api-version>",
        default=utils.env("OS_TACKER_API_VERSION", default=DEFAULT_API_VERSION),
        help="NFV orchestration API version, default="
        f"{DEFAULT_API_VERSION} (Env: OS_TACKER_API_VERSION)",
    )
    return parser
