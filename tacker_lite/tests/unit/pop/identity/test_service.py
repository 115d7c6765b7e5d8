import time
import unittest.mock

import testtools

from tacker_lite.pop import errors
from tacker_lite.pop.identity import tokens
from tacker_lite.tests.unit.pop.open_lab import TOPOLOGY, OpenLab


class IdentityTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab())
        self.identity = self.fixture.cloud.identity

    def body(self, name="demo", password=None, scope="demo", **user):
        if password is None:
            password = self.identity.initial_password(name)
        user = {"name": name, "domain": {"id": "default"}, "password": password, **user}
        auth = {"identity": {"methods": ["password"], "password": {"user": user}}}
        if scope:
            project = {"name": scope, "domain": {"name": "Default"}}
            auth["scope"] = {"project": project}
        return {"auth": auth}

    def test_password(self):
        token = self.identity.authenticate(self.body())
        self.assertEqual(("demo", ("member",)), (token.project.name, token.roles))
        self.assertFalse(token.is_admin)
        self.assertNotIn(token.id, repr(token))
        again = self.identity.validate(token.id)
        self.assertEqual(token, again)

    def test_refusals(self):
        authenticate = self.identity.authenticate
        for body in (
            self.body(password="wrong"),
            self.body(scope="service"),
            self.body(scope="nowhere"),
            self.body(domain={"name": "other"}),
            {"auth": {"identity": {"methods": []}}},
            {"auth": {"identity": {"methods": ["unknown"]}}},
        ):
            self.assertRaises(errors.Unauthorized, authenticate, body)
        for body in (
            {},
            {"auth": {}},
            {"auth": {"identity": {"methods": ["application_credential"]}}},
            {"auth": {"identity": {"methods": ["password"]}}},
        ):
            self.assertRaises(errors.BadRequest, authenticate, body)

    def test_rescoped(self):
        token = self.identity.authenticate(self.body(scope=None))
        body = {
            "auth": {
                "identity": {"methods": ["token"], "token": {"id": token.id}},
                "scope": "unscoped",
            }
        }
        unscoped = self.identity.authenticate(body)
        self.assertIsNone(unscoped.project)
        self.assertEqual([], unscoped.catalog)
        self.assertEqual(token.expires_at, unscoped.expires_at)

    def test_revoked_tokens_stay_so(self):
        kept = self.identity.authenticate(self.body())
        ended = self.identity.authenticate(self.body())
        self.identity.revoke(ended.id)
        self.fixture.restart()
        self.identity = self.fixture.cloud.identity
        self.assertEqual("demo", self.identity.validate(kept.id).user.name)
        self.assertRaises(errors.Unauthorized, self.identity.validate, ended.id)

    def test_only_those_are_remembered_as_revoked_that_could_still_be_used(self):
        now = time.time()
        with unittest.mock.patch("time.time", lambda: now - tokens.LIFETIME - 60):
            early = [self.identity.authenticate(self.body()) for _ in range(3)]
            for token in early:
                self.identity.revoke(token.id)
        late = [self.identity.authenticate(self.body()) for _ in range(2)]
        for token in late:
            self.identity.revoke(token.id)
        store = self.fixture.lab.store
        self.assertEqual(
            {token.audit_id for token in late}, set(store.load("pop1", "revoked"))
        )

    def test_a_disabled_project_has_no_tokens(self):
        token = self.identity.authenticate(self.body())
        self.identity.update_project(token.project.id, {"enabled": False})
        self.assertRaises(errors.Unauthorized, self.identity.validate, token.id)
        for scope in ("demo", None):
            self.assertRaises(
                errors.Unauthorized,
                self.identity.authenticate,
                self.body(scope=scope),
            )
        self.identity.update_project(token.project.id, {"enabled": True})
        self.identity.validate(token.id)

    def test_forged_tokens(self):
        token = self.identity.authenticate(self.body()).id
        body, _, signature = token.partition(".")
        other = self.fixture.lab.clouds["pop2"].identity
        self.assertRaises(errors.Unauthorized, other.validate, token)
        for wrong in ("", "x", "ä.ö", f"{body[:-4]}AAAA.{signature}", f"{body}."):
            self.assertRaises(errors.Unauthorized, self.identity.validate, wrong)

    def test_new_password_ends_tokens(self):
        token = self.identity.authenticate(self.body())
        self.identity.update_user(token.user.id, {"password": "other"})
        self.assertRaises(errors.Unauthorized, self.identity.validate, token.id)
        self.identity.authenticate(self.body(password="other"))

    def test_catalog(self):
        text = TOPOLOGY + "catalog: [{type: nfv, name: t, url: 'http://t.test'}]\n"
        self.fixture.restart(text)
        catalog = self.fixture.cloud.identity.catalog("p1")
        urls = {
            (service["type"], endpoint["url"])
            for service in catalog
            for endpoint in service["endpoints"]
        }
        base = "http://lab.test:1/pop1"
        self.assertEqual(
            {
                ("identity", f"{base}/identity/v3"),
                ("compute", f"{base}/compute/v2.1"),
                ("network", f"{base}/network"),
                ("image", f"{base}/image"),
                ("orchestration", f"{base}/orchestration/v1/p1"),
                ("load-balancer", f"{base}/load-balancer"),
                ("block-storage", f"{base}/block-storage/v3/p1"),
                ("alarming", f"{base}/alarming"),
                ("alarming", f"{base}/alarming"),
                ("nfv", "http://t.test"),
            },
            urls,
        )
        west = self.fixture.lab.clouds["pop2"].identity.catalog("p1")
        regions = {e["region"] for service in west for e in service["endpoints"]}
        self.assertEqual({"west"}, regions)

    def test_accounts(self):
        project = self.identity.create_project({"name": "new"})
        user = self.identity.create_user({"name": "amy", "password": "pw"})
        body = self.body("amy", "pw", "new")
        self.assertRaises(errors.Unauthorized, self.identity.authenticate, body)
        role = self.identity.list_roles()[0]
        self.identity.grant_role(project.id, user.id, role["id"])
        self.assertTrue(self.identity.authenticate(body).is_admin)
        self.assertRaises(errors.Conflict, self.identity.create_user, {"name": "amy"})
        self.identity.delete_project(project.id)
        self.assertEqual([], self.identity.projects_of(user.id))
        self.assertRaises(
            errors.Forbidden,
            self.identity.delete_project,
            self.identity.project_named("admin"),
        )
