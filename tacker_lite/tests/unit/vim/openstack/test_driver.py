"""The OpenStack driver against a stand-in cloud that breaks down on demand."""

import dataclasses
import logging
import pathlib
import subprocess
import sys
import time

import fixtures
import testtools
from testtools.matchers import Contains, LessThan, Not

from tacker_lite import conf as configuration
from tacker_lite import exceptions
from tacker_lite.tests.unit.vim import contract, templates
from tacker_lite.tests.unit.vim.openstack import stand_in
from tacker_lite.tests.unit.vim.openstack.stand_in import Answer
from tacker_lite.vim import load
from tacker_lite.vim.base import Phase, Vim

STACKS = r"/stacks$"
LOST = Answer(lost=True)
BUSY = Answer(503, {"error": {"message": "busy"}})


class DriverCase(testtools.TestCase):
    tls = False

    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        self.cloud = self.useFixture(stand_in.StandInCloud(self.tls))
        self.conf = configuration.new((), ())
        self.conf.set_override("read_timeout", 10, "vim_openstack")
        self.driver = load("openstack", self.conf)
        self.template = templates.servers("VDU1", "VDU2")
        self.vim = Vim(
            id="1",
            name="site-a",
            type="openstack",
            auth_url=self.cloud.auth_url,
            project={"name": stand_in.PROJECT, "project_domain_name": "Default"},
            credentials={
                "username": stand_in.USER,
                "password": stand_in.PASSWORD,
                "cert_verify": "True",
            },
        )

    def refusal(self, kind=exceptions.VimRejected, **changes) -> str:
        """What verifying the registration with ``changes`` raises, as text."""
        vim = dataclasses.replace(self.vim, **changes)
        return str(self.assertRaises(kind, self.driver.verify, vim))


class TestContract(DriverCase, contract.DriverContract):
    unreachable_url = "http://127.0.0.1:1/v3"


class TestVerify(DriverCase):
    def test_regions_with_heat_come_first(self):
        self.cloud.regions = ["alpha", "north", "south"]
        self.cloud.regions_with_heat = ["south"]
        self.assertEqual(
            ("south", "alpha", "north"), self.driver.verify(self.vim).regions
        )

    def test_regions_of_the_catalogue_when_identity_keeps_them(self):
        self.cloud.regions_forbidden = True
        self.assertEqual(("north", "south"), self.driver.verify(self.vim).regions)

    def test_no_heat_in_the_catalogue(self):
        self.cloud.regions_with_heat = []
        self.assertIn("orchestration", self.refusal())

    def test_an_unknown_project_is_told_from_a_wrong_password(self):
        said = self.refusal(exceptions.VimUnauthorized, project={"name": "other"})
        self.assertIn("project other is unknown", said)
        wrong = {**self.vim.credentials, "password": "other"}
        said = self.refusal(exceptions.VimUnauthorized, credentials=wrong)
        self.assertIn("check username, password", said)

    def test_what_a_registration_must_not_be(self):
        for url in ("", "nfv", "ftp://h/v3", "http://", "http://u:pw@h/", "http://h:x"):
            said = self.refusal(auth_url=url)
            self.assertThat(said, Contains("auth_url"))
            self.assertThat(said, Not(Contains("pw@")))
        for changes, member in (
            ({"cert_verify": "maybe"}, "cert_verify"),
            ({"ssl_ca_cert": "/etc/passwd"}, "ssl_ca_cert"),
            ({"password": ""}, "password"),
            ({"username": ""}, "username"),
            ({"application_credential_secret": "s"}, "application_credential_id"),
        ):
            credentials = {**self.vim.credentials, **changes}
            self.assertIn(member, self.refusal(credentials=credentials))
        self.assertIn("vim_project", self.refusal(project={}))

    def test_something_else_answers(self):
        for answer in (
            Answer(200, {"hello": "world"}),
            Answer(201, {"token": {}}),
            Answer(404, {"error": {"message": "100% unknown"}}),
        ):
            self.cloud.order("POST .*/auth/tokens", answer)
            said = self.refusal()
            self.assertThat(said, Contains("does not answer like Identity v3"))


class TestTls(DriverCase):
    tls = True

    def with_tls(self, **credentials):
        return {**self.vim.credentials, **credentials}

    def test_an_unknown_authority_is_refused_at_once(self):
        said = self.refusal()
        self.assertIn("ssl_ca_cert", said)
        self.assertEqual([], self.cloud.seen)

    def test_the_authority_of_the_registration(self):
        credentials = self.with_tls(ssl_ca_cert=self.cloud.authority)
        vim = dataclasses.replace(self.vim, credentials=credentials)
        self.assertEqual(("north", "south"), self.driver.verify(vim).regions)
        self.assertIsNone(self.driver.find(vim, "x"))

    def test_another_authority(self):
        path = self.useFixture(fixtures.TempDir()).join("other.pem")
        other = stand_in.certificate(pathlib.Path(path))
        self.refusal(credentials=self.with_tls(ssl_ca_cert=other))

    def test_the_authorities_of_the_operator(self):
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (path / "ca.pem").write_text(self.cloud.authority)
        (path / "bad.pem").write_text("no certificate")
        other = stand_in.certificate(path / "other.pem")
        self.conf.set_override("ca_file", str(path / "ca.pem"), "vim_openstack")
        self.assertEqual(("north", "south"), self.driver.verify(self.vim).regions)
        # That of the registration comes first.
        self.refusal(credentials=self.with_tls(ssl_ca_cert=other))
        for name in ("bad.pem", "missing.pem"):
            self.conf.set_override("ca_file", str(path / name), "vim_openstack")
            said = self.refusal(name=name)
            self.assertIn("[vim_openstack] ca_file", said)
            self.assertIn(name, said)

    def test_no_verification_on_demand(self):
        credentials = self.with_tls(cert_verify="False")
        vim = dataclasses.replace(self.vim, credentials=credentials)
        self.assertEqual(("north", "south"), self.driver.verify(vim).regions)


class TestFaults(DriverCase):
    def test_a_temporary_fault_is_repeated(self):
        for fault in (BUSY, LOST, Answer(502), Answer(504)):
            self.cloud.order(f"GET .*{STACKS}", fault)
            self.assertIsNone(self.driver.find(self.vim, "x"))

    def test_so_is_one_of_identity(self):
        self.cloud.order("POST .*/auth/tokens", BUSY, LOST)
        self.assertEqual(("north", "south"), self.driver.verify(self.vim).regions)

    def test_retry_after_is_honoured(self):
        wait = Answer(429, {"error": {"message": "slow"}}, {"Retry-After": "1"})
        self.cloud.order(f"GET .*{STACKS}", wait)
        started = time.monotonic()
        self.driver.find(self.vim, "x")
        self.assertThat(1.0, LessThan(time.monotonic() - started))

    def test_the_fault_that_stays_is_raised_after_the_last_repeat(self):
        self.cloud.order(f"GET .*{STACKS}", *[BUSY] * 10)
        error = self.assertRaises(
            exceptions.VimUnreachable, self.driver.find, self.vim, "x"
        )
        self.assertIn("503", str(error))
        self.assertEqual(3, self.cloud.count(f"GET .*{STACKS}"))

    def test_a_silent_vim_is_not_asked_again(self):
        self.conf.set_override("read_timeout", 1, "vim_openstack")
        self.cloud.order(f"GET .*{STACKS}", *[Answer(after=5)] * 10)
        started = time.monotonic()
        self.assertRaises(exceptions.VimTimeout, self.driver.find, self.vim, "x")
        self.assertThat(time.monotonic() - started, LessThan(4.5))
        self.assertEqual(1, self.cloud.count(f"GET .*{STACKS}"))

    def test_a_create_whose_answer_is_lost_is_found(self):
        self.cloud.order(f"POST .*{STACKS}", LOST)
        handle = self.driver.apply(self.vim, "a", self.template)
        self.assertEqual([handle], list(self.cloud.stacks))
        self.assertEqual(1, self.cloud.count(f"POST .*{STACKS}"))

    def test_a_create_that_did_not_arrive_is_a_temporary_fault(self):
        self.cloud.order(f"POST .*{STACKS}", BUSY)
        self.assertRaises(
            exceptions.VimUnreachable, self.driver.apply, self.vim, "a", self.template
        )
        self.assertEqual({}, self.cloud.stacks)

    def test_an_expired_token_is_renewed_once(self):
        self.driver.find(self.vim, "x")
        self.cloud.revoke_tokens()
        self.assertIsNone(self.driver.find(self.vim, "x"))
        self.assertEqual(2, self.cloud.count("POST .*/auth/tokens"))

    def test_a_vim_that_lets_nobody_in_any_more(self):
        self.driver.find(self.vim, "x")
        refused = Answer(401, {"error": {"message": "no"}})
        self.cloud.order(f"GET .*{STACKS}", refused, refused)
        self.assertRaises(exceptions.VimUnauthorized, self.driver.find, self.vim, "x")
        self.assertIsNone(self.driver.find(self.vim, "x"))

    def test_what_heat_refuses(self):
        for code, error, kind in (
            (400, {"message": "no image 100%", "type": "X"}, exceptions.VimRejected),
            (
                400,
                {"message": "full", "type": "RequestLimitExceeded"},
                exceptions.VimQuotaExceeded,
            ),
            (403, {"message": "not yours"}, exceptions.VimUnauthorized),
            (500, {"message": "oops"}, exceptions.TemporaryVimError),
        ):
            self.cloud.order(f"POST .*{STACKS}", Answer(code, {"error": error}))
            raised = self.assertRaises(
                kind, self.driver.apply, self.vim, "a", self.template
            )
            self.assertIs(kind, type(raised))
            self.assertThat(str(raised), Not(Contains("%")))
            self.assertThat(
                str(raised), Contains(error["message"].replace("%", " percent"))
            )

    def test_a_region_is_a_place_of_its_own(self):
        south = dataclasses.replace(self.vim, region="south")
        self.driver.apply(south, "a", self.template)
        self.assertIsNone(self.driver.find(self.vim, "a"))
        self.assertIsNotNone(self.driver.find(south, "a"))


class TestStatus(DriverCase):
    def setUp(self):
        super().setUp()
        self.handle = self.driver.apply(self.vim, "a", self.template)
        self.stack = self.cloud.stacks[self.handle]

    def double(self, **changes) -> str:
        """What an overlapping create leaves: a second stack of the same name."""
        self.cloud.stacks["double"] = {**self.stack, "id": "double", **changes}
        return "double"

    def test_a_double_is_deleted_once_the_stack_is_complete(self):
        self.double(stack_status="CREATE_IN_PROGRESS")
        self.assertEqual(Phase.READY, self.driver.status(self.vim, self.handle).phase)
        self.assertEqual([self.handle], list(self.cloud.stacks))

    def test_delete_takes_the_double_with_it(self):
        self.double()
        self.driver.delete(self.vim, self.handle)
        self.assertEqual({}, self.cloud.stacks)

    def test_a_stranger_of_the_same_name_stays(self):
        stranger = self.double(tags=["somebody-else"])
        self.driver.status(self.vim, self.handle)
        self.driver.delete(self.vim, self.handle)
        self.assertEqual([stranger], list(self.cloud.stacks))

    def test_a_failed_stack_tells_what_its_resources_add(self):
        self.stack.update(stack_status="CREATE_FAILED", stack_status_reason="Timed out")
        self.stack["resources"][0].update(
            resource_status="CREATE_FAILED",
            resource_status_reason="ResourceInError: No valid host was found",
        )
        status = self.driver.status(self.vim, self.handle)
        self.assertEqual(Phase.FAILED, status.phase)
        self.assertThat(status.reason, Contains("CREATE_FAILED: Timed out"))
        self.assertThat(status.reason, Contains("No valid host was found"))

    def test_scaled_vdus_have_several_addresses(self):
        self.stack["outputs"] = [
            {"output_key": "mgmt_ip-VDU1", "output_value": ["192.0.2.1", "192.0.2.2"]},
            {"output_key": "mgmt_ip-VDU2", "output_value": None},
            {"output_key": "other", "output_value": "x"},
        ]
        (vdu,) = self.driver.status(self.vim, self.handle).vdus
        self.assertEqual("VDU1", vdu.name)
        self.assertEqual(("192.0.2.1", "192.0.2.2"), vdu.addresses)
        self.assertTrue(vdu.scaled)

    def test_many_cost_one_request_while_they_build(self):
        self.stack["stack_status"] = "CREATE_IN_PROGRESS"
        other = self.driver.apply(self.vim, "b", self.template)
        self.cloud.stacks[other]["stack_status"] = "CREATE_IN_PROGRESS"
        self.cloud.seen.clear()
        found = self.driver.statuses(self.vim, [self.handle, other])
        self.assertEqual({Phase.BUILDING}, {status.phase for status in found.values()})
        self.assertEqual(1, len(self.cloud.seen))

    def test_one_that_cannot_be_asked_now_is_left_out(self):
        other = self.driver.apply(self.vim, "b", self.template)
        self.cloud.order(f"GET .*{self.handle}", Answer(500, {"error": {}}))
        found = self.driver.statuses(self.vim, [self.handle, other])
        self.assertEqual([other], list(found))


class TestLight(DriverCase):
    def test_secrets_do_not_reach_the_log(self):
        handle = self.driver.apply(self.vim, "a", self.template)
        self.driver.status(self.vim, handle)
        self.cloud.revoke_tokens()
        self.driver.delete(self.vim, handle)
        self.assertThat(self.log.output, Contains("HTTP 201"))
        self.assertThat(self.log.output, Not(Contains(stand_in.PASSWORD)))
        for token in self.cloud.issued:
            self.assertThat(self.log.output, Not(Contains(token)))

    def test_a_driver_costs_little_before_its_first_vim(self):
        heavy = "keystoneauth1", "heatclient", "toscaparser", "translator", "requests"
        program = (
            "import sys; from tacker_lite import conf, vim; "
            "vim.load('openstack', conf.new((), ())); "
            f"print([name for name in {heavy!r} if name in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        self.assertEqual("[]", done.stdout.strip())
