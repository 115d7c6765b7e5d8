"""The OpenStack driver against a real Identity and Orchestration.

Runs when ``TACKER_LITE_TEST_CLOUD`` names a cloud of ``clouds.yaml`` (found as the
``openstack`` command finds it, or by ``OS_CLIENT_CONFIG_FILE``)::

    TACKER_LITE_TEST_CLOUD=devstack \\
    OS_TEST_PATH=./tacker_lite/tests/functional stestr run test_real_cloud

``TACKER_LITE_TEST_IMAGE``, ``_FLAVOR``, ``_NETWORK`` and ``_ADDRESS`` name what the
cloud offers (``tiny``, ``m1.nano``, ``private`` and its free 10.0.0.200 when unset).
"""

import concurrent.futures
import dataclasses
import os

import openstack
import testtools

from tacker_lite import conf as configuration
from tacker_lite import exceptions
from tacker_lite.tests.functional.openstack.tls_front import TlsFront
from tacker_lite.tests.unit.vim import contract, templates
from tacker_lite.vim import load
from tacker_lite.vim.base import Phase, Vim

CLOUD = os.environ.get("TACKER_LITE_TEST_CLOUD", "")
IMAGE = os.environ.get("TACKER_LITE_TEST_IMAGE", "tiny")
FLAVOR = os.environ.get("TACKER_LITE_TEST_FLAVOR", "m1.nano")
NETWORK = os.environ.get("TACKER_LITE_TEST_NETWORK", "private")
ADDRESS = os.environ.get("TACKER_LITE_TEST_ADDRESS", "10.0.0.200")
NEEDS_CLOUD = testtools.skipUnless(
    CLOUD,
    "NO REAL CLOUD WAS TESTED: set TACKER_LITE_TEST_CLOUD to a cloud of clouds.yaml",
)


def registration(connection: openstack.connection.Connection) -> Vim:
    """The VIM registration that says what ``clouds.yaml`` says."""
    auth, verify = connection.config.config["auth"], connection.config.verify
    return Vim(
        id=f"real-{CLOUD}",
        name=CLOUD,
        type="openstack",
        auth_url=auth["auth_url"],
        project={
            "name": auth["project_name"],
            "project_domain_name": auth.get("project_domain_name", "Default"),
        },
        credentials={
            "username": auth["username"],
            "password": auth["password"],
            "user_domain_name": auth.get("user_domain_name", "Default"),
            "cert_verify": str(bool(verify)),
        },
    )


class RealCloudCase(testtools.TestCase):
    patience = 120.0
    pause = 0.5

    def setUp(self):
        super().setUp()
        self.driver = load("openstack", configuration.new((), ()))
        self.connection = openstack.connect(CLOUD)
        self.addCleanup(self.connection.close)
        self.vim = registration(self.connection)
        self.template = templates.servers(
            "VDU1", "VDU2", image=IMAGE, flavor=FLAVOR, network=NETWORK
        )


@NEEDS_CLOUD
class TestContract(RealCloudCase, contract.DriverContract):
    unreachable_url = "http://127.0.0.1:1/v3"


@NEEDS_CLOUD
class TestVerify(RealCloudCase):
    def refusal(self, kind: type[Exception] = exceptions.VimUnauthorized, **changes):
        """What verifying the registration with ``changes`` raises, as text."""
        vim = dataclasses.replace(self.vim, **changes)
        return str(self.assertRaises(kind, self.driver.verify, vim))

    def test_the_url_may_lack_its_version(self):
        bare = self.vim.auth_url.rstrip("/").removesuffix("/v3")
        for url in (bare, f"{bare}/", f"{bare}/v3", f"{bare}/v3/"):
            vim = dataclasses.replace(self.vim, auth_url=url)
            self.assertNotEqual((), self.driver.verify(vim).regions)

    def test_an_unknown_user(self):
        said = self.refusal(
            credentials={**self.vim.credentials, "username": "nobody-here"}
        )
        self.assertIn("check username, password and user domain", said)

    def test_an_unknown_project_is_not_taken_for_a_wrong_password(self):
        said = self.refusal(project={"name": "no-such-project"})
        self.assertIn("user and password are right", said)
        self.assertIn("no-such-project", said)

    def test_an_unknown_domain(self):
        said = self.refusal(
            credentials={**self.vim.credentials, "user_domain_name": "nowhere"}
        )
        self.assertIn("domain", said)

    def test_a_service_that_is_not_identity(self):
        heat = self.connection.endpoint_for("orchestration")
        said = self.refusal(exceptions.VimError, auth_url=heat.split("/v1")[0])
        self.assertIn("check auth_url", said)

    def test_a_token_serves_as_credentials(self):
        token = self.connection.auth_token
        vim = dataclasses.replace(self.vim, credentials={"bearer_token": token})
        self.assertEqual(self.driver.verify(self.vim), self.driver.verify(vim))
        self.refusal(credentials={"bearer_token": f"x{token}"})

    def test_an_application_credential_serves_as_credentials(self):
        identity, user = self.connection.identity, self.connection.current_user_id
        made = identity.create_application_credential(user, self.getUniqueString())
        self.addCleanup(identity.delete_application_credential, user, made)
        secret = {"application_credential_secret": made.secret}
        for ident in (
            {"application_credential_id": made.id},
            {"application_credential_name": made.name, "user_id": user},
        ):
            vim = dataclasses.replace(self.vim, credentials={**ident, **secret})
            self.assertEqual(self.driver.verify(self.vim), self.driver.verify(vim))


@NEEDS_CLOUD
class TestTls(RealCloudCase):
    """Identity behind a certificate of an authority that nobody knows."""

    def setUp(self):
        super().setUp()
        if not self.vim.auth_url.startswith("http://"):
            self.skipTest("this cloud has TLS of its own")
        self.front = self.useFixture(TlsFront(self.vim.auth_url))

    def behind_tls(self, **credentials: str) -> Vim:
        return dataclasses.replace(
            self.vim,
            auth_url=self.front.url,
            credentials={**self.vim.credentials, **credentials},
        )

    def test_an_unknown_authority_is_refused(self):
        error = self.assertRaises(
            exceptions.VimRejected, self.driver.verify, self.behind_tls()
        )
        self.assertIn("ssl_ca_cert", str(error))

    def test_the_authority_of_the_registration_is_trusted(self):
        vim = self.behind_tls(ssl_ca_cert=self.front.authority)
        self.assertEqual(self.driver.verify(self.vim), self.driver.verify(vim))
        self.assertIsNone(self.driver.find(vim, "no-such-stack"))

    def test_verification_can_be_turned_off(self):
        vim = self.behind_tls(cert_verify="False")
        self.assertEqual(self.driver.verify(self.vim), self.driver.verify(vim))


@NEEDS_CLOUD
class TestStacks(RealCloudCase, contract.DriverUse):
    def test_every_region_with_heat_can_be_named(self):
        for region in self.driver.verify(self.vim).regions:
            there = dataclasses.replace(self.vim, region=region)
            self.assertIsNone(self.driver.find(there, self.new_name()))

    def test_input_values_reach_heat_as_parameters(self):
        handle = self.apply(self.new_name())
        stack = self.connection.orchestration.get_stack(handle)
        self.assertEqual(IMAGE, stack.parameters["image"])
        self.assertTrue(stack.is_rollback_disabled)
        self.assertEqual(["tacker-lite"], stack.tags)

    def test_creates_that_overlap_leave_one_stack(self):
        name = self.new_name()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            first, second = pool.map(lambda _: self.apply(name), range(2))
        self.wait_for(second, Phase.READY)
        if first != second:
            self.wait_for(first, Phase.GONE)
        self.assertEqual(second, self.driver.find(self.vim, name))

    def test_a_descriptor_the_cloud_refuses(self):
        wrong = templates.servers(
            "VDU1", image="no-such-image", flavor=FLAVOR, network=NETWORK
        )
        name = self.new_name()
        error = self.assertRaises(
            exceptions.VimRejected, self.driver.apply, self.vim, name, wrong
        )
        self.assertIn("no-such-image", str(error))
        self.assertIsNone(self.driver.find(self.vim, name))

    def test_a_failure_half_way_is_explained_and_removed(self):
        contested = templates.servers(
            "VDU1", "VDU2", image=IMAGE, flavor=FLAVOR, network=NETWORK, address=ADDRESS
        )
        handle = self.driver.apply(self.vim, self.new_name(), contested)
        self.addCleanup(self.remove, handle)
        self.assertIn(ADDRESS, self.failure_of(handle))
