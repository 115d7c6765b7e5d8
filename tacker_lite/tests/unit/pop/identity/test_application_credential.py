import datetime
import time

import testtools

from tacker_lite.pop import errors
from tacker_lite.pop.identity import tokens
from tacker_lite.tests.unit.pop.open_lab import OpenLab


class ApplicationCredentialTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab())
        self.identity = self.fixture.cloud.identity
        self.token = self.log_in()

    def log_in(self, password=None):
        password = password or self.identity.initial_password("demo")
        user = {"name": "demo", "domain": {"id": "default"}, "password": password}
        identity = {"methods": ["password"], "password": {"user": user}}
        return self.identity.authenticate({"auth": {"identity": identity}})

    def make(self, **more):
        body = {"name": "robot", **more}
        return self.identity.create_application_credential(self.token, body)

    def use(self, scope=None, **part):
        identity = {
            "methods": ["application_credential"],
            "application_credential": part,
        }
        auth = {"identity": identity, **({"scope": scope} if scope else {})}
        return self.identity.authenticate({"auth": auth})

    def test_by_id_and_by_name(self):
        made, secret = self.make()
        self.assertNotIn(secret, repr(made))
        user = {"name": "demo", "domain": {"name": "Default"}}
        for part in ({"id": made.id}, {"name": "robot", "user": user}):
            token = self.use(secret=secret, **part)
            self.assertEqual(("demo", "demo"), (token.user.name, token.project.name))
            self.assertEqual(("member",), token.roles)
            self.assertTrue(token.application_credential["restricted"])
            again = self.identity.validate(token.id)
            self.assertEqual(token, again)

    def test_wrong_ones(self):
        made, secret = self.make()
        wrong = errors.Unauthorized
        self.assertRaises(wrong, self.use, id=made.id, secret="no")
        self.assertRaises(wrong, self.use, id=made.id)
        self.assertRaises(wrong, self.use, id=made.id, secret=secret, scope="unscoped")
        user = {"name": "admin", "domain": {"id": "default"}}
        self.assertRaises(wrong, self.use, name="robot", user=user, secret=secret)
        self.assertRaises(errors.NotFound, self.use, id="none", secret=secret)
        self.assertRaises(errors.BadRequest, self.use, name="robot", secret=secret)

    def test_it_ends_with_all_its_tokens(self):
        made, secret = self.make(secret="given")
        self.assertEqual("given", secret)
        token = self.use(id=made.id, secret=secret)
        self.fixture.restart()
        self.identity = self.fixture.cloud.identity
        self.assertEqual("demo", self.identity.validate(token.id).user.name)
        self.identity.delete_application_credential(token.user.id, made.id)
        self.assertRaises(errors.Unauthorized, self.identity.validate, token.id)
        self.assertRaises(errors.NotFound, self.use, id=made.id, secret=secret)

    def test_it_expires(self):
        moment = datetime.datetime.now(datetime.timezone.utc)
        soon = moment + datetime.timedelta(seconds=0.3)
        made, secret = self.make(expires_at=soon.isoformat())
        token = self.use(id=made.id, secret=secret)
        time.sleep(0.35)
        self.assertRaises(errors.Unauthorized, self.identity.validate, token.id)
        self.assertRaises(errors.Unauthorized, self.use, id=made.id, secret=secret)
        for wrong in ("2001-01-01T00:00:00", "tomorrow", 5):
            self.assertRaises(
                errors.BadRequest, self.make, name="late", expires_at=wrong
            )

    def test_roles_are_those_of_the_token_that_makes_it(self):
        self.assertRaises(errors.BadRequest, self.make, roles=[{"name": "admin"}])
        self.assertRaises(errors.NotFound, self.make, roles=[{"name": "none"}])
        made, secret = self.make(roles=[{"name": "member"}])
        self.assertRaises(errors.Conflict, self.make)
        roles = {role["name"]: role["id"] for role in self.identity.list_roles()}
        where = (self.token.project.id, self.token.user.id)
        self.identity.grant_role(*where, roles["admin"])
        self.assertEqual(("member",), self.use(id=made.id, secret=secret).roles)
        self.identity.revoke_role(*where, roles["member"])
        self.assertRaises(errors.Unauthorized, self.use, id=made.id, secret=secret)

    def test_no_token_is_made_of_its_tokens(self):
        made, secret = self.make()
        token = self.use(id=made.id, secret=secret)
        identity = {"methods": ["token"], "token": {"id": token.id}}
        body = {"auth": {"identity": identity, "scope": "unscoped"}}
        self.assertRaises(errors.Forbidden, self.identity.authenticate, body)

    def test_it_goes_with_its_user_and_its_project(self):
        self.make()
        user = self.identity.create_user({"name": "amy", "password": "secret"})
        project = self.identity.create_project({"name": "side"})
        roles = {role["name"]: role["id"] for role in self.identity.list_roles()}
        for end in (
            lambda: self.identity.delete_project(project.id),
            lambda: self.identity.delete_user(user.id),
        ):
            where = {"id": self.fixture.project()}
            if project.id in self.identity.projects:
                where = {"id": project.id}
            self.identity.grant_role(where["id"], user.id, roles["member"])
            password = {"user": {"id": user.id, "password": "secret"}}
            identity = {"methods": ["password"], "password": password}
            token = self.identity.authenticate(
                {"auth": {"identity": identity, "scope": {"project": where}}}
            )
            self.identity.create_application_credential(token, {"name": "n"})
            end()
            self.assertEqual([], self.identity.list_application_credentials(user.id))
        self.assertEqual(1, len(self.identity.application_credentials))

    def test_a_new_password_leaves_it(self):
        made, secret = self.make()
        ident = self.token.user.id
        old = self.identity.initial_password("demo")
        change = self.identity.change_password
        wrong = {"original_password": "no", "password": "new"}
        self.assertRaises(errors.Unauthorized, change, ident, wrong)
        self.assertRaises(errors.BadRequest, change, ident, {"password": "new"})
        change(ident, {"original_password": old, "password": "new"})
        self.assertRaises(errors.Unauthorized, self.identity.validate, self.token.id)
        self.assertEqual("demo", self.log_in("new").project.name)
        self.assertEqual("demo", self.use(id=made.id, secret=secret).project.name)

    def test_secrets_are_not_kept(self):
        made, secret = self.make()
        kept = self.identity.application_credentials.get(made.id)
        self.assertNotIn(secret, str(vars(kept)))
        self.assertTrue(tokens.matches(secret, kept.secret))
