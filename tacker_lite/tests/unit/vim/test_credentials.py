"""Secrets of VIMs are unreadable at rest, on any node, through a rotation."""

import concurrent.futures
import os
import pathlib
import stat

import fixtures
import testtools

from tacker_lite import conf as configuration
from tacker_lite.vim import credentials

AUTH_CRED = {
    "username": "nfv",
    "user_domain_name": "Default",
    "cert_verify": "True",
    "ssl_ca_cert": "-----BEGIN CERTIFICATE-----\nMII...",
    "oidc_token_url": "https://idp.example.org/token",
    "password": "s3cret-password",
    "bearer_token": "s3cret-token",
    "client_secret": "s3cret-client",
    "application_credential_secret": "s3cret-application",
}


class CredentialsCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.state_path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def keyring(self, *keys: str, state_path: pathlib.Path | None = None):
        conf = configuration.new((), ())
        conf.set_override("state_path", str(state_path or self.state_path))
        conf.set_override("credential_key", list(keys), "vim")
        return credentials.Keyring(conf)


class TestSealing(CredentialsCase):
    def test_secrets_come_back(self):
        ring = self.keyring(credentials.new_key())
        public, sealed = ring.seal(AUTH_CRED)
        self.assertEqual(AUTH_CRED, ring.open(public, sealed))

    def test_neither_part_shows_a_secret(self):
        public, sealed = self.keyring(credentials.new_key()).seal(AUTH_CRED)
        self.assertNotIn("s3cret", repr(public) + sealed)
        self.assertEqual(set(AUTH_CRED), set(public))
        masked = {name for name, value in public.items() if value == "***"}
        self.assertEqual(
            {"password", "bearer_token", "client_secret"}
            | {"application_credential_secret"},
            masked,
        )

    def test_what_is_not_known_to_be_public_is_secret(self):
        strange = {"username": "nfv", "api_key": "s3cret", "Passphrase": "s3cret"}
        ring = self.keyring(credentials.new_key())
        public, sealed = ring.seal(strange)
        self.assertEqual(
            {"username": "nfv", "api_key": "***", "Passphrase": "***"}, public
        )
        self.assertEqual(strange, ring.open(public, sealed))

    def test_the_same_secret_never_looks_the_same(self):
        ring = self.keyring(credentials.new_key())
        self.assertNotEqual(ring.seal(AUTH_CRED)[1], ring.seal(AUTH_CRED)[1])


class TestKeys(CredentialsCase):
    def test_two_nodes_with_the_same_keys(self):
        key = credentials.new_key()
        public, sealed = self.keyring(key).seal(AUTH_CRED)
        other = self.keyring(key, state_path=self.state_path / "other")
        self.assertEqual(AUTH_CRED, other.open(public, sealed))

    def test_rotation(self):
        old, new = credentials.new_key(), credentials.new_key()
        public, sealed = self.keyring(old).seal(AUTH_CRED)
        both = self.keyring(new, old)
        self.assertEqual(AUTH_CRED, both.open(public, sealed))
        rotated = both.rotate(sealed)
        self.assertEqual(AUTH_CRED, self.keyring(new).open(public, rotated))
        self.assertRaises(
            credentials.CredentialKeyError, self.keyring(old).open, public, rotated
        )

    def test_the_first_key_encrypts(self):
        old, new = credentials.new_key(), credentials.new_key()
        public, sealed = self.keyring(new, old).seal(AUTH_CRED)
        self.assertEqual(AUTH_CRED, self.keyring(new).open(public, sealed))

    def test_a_missing_key_names_the_option(self):
        _, sealed = self.keyring(credentials.new_key()).seal(AUTH_CRED)
        ring = self.keyring(credentials.new_key())
        for use in (lambda: ring.open({}, sealed), lambda: ring.rotate(sealed)):
            error = self.assertRaises(credentials.CredentialKeyError, use)
            self.assertIn("[vim] credential_key", str(error))

    def test_a_malformed_key_names_the_option_and_hides_the_key(self):
        for key in ("too-short-key", "not base64 at all, with ünicode", ""):
            error = self.assertRaises(
                credentials.CredentialKeyError, self.keyring, credentials.new_key(), key
            )
            self.assertIn("[vim] credential_key", str(error))
            if key:
                self.assertNotIn(key, str(error))


class TestKeyFile(CredentialsCase):
    @property
    def key_file(self) -> pathlib.Path:
        return self.state_path / credentials.KEY_FILE

    def test_it_is_made_once_for_the_owner_alone(self):
        public, sealed = self.keyring().seal(AUTH_CRED)
        self.assertEqual(0o600, stat.S_IMODE(self.key_file.stat().st_mode))
        self.assertEqual(AUTH_CRED, self.keyring().open(public, sealed))
        self.assertEqual([credentials.KEY_FILE], os.listdir(self.state_path))

    def test_processes_that_start_at_once_use_one_key(self):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            rings = list(pool.map(lambda _: self.keyring(), range(16)))
        public, sealed = rings[0].seal(AUTH_CRED)
        for ring in rings:
            self.assertEqual(AUTH_CRED, ring.open(public, sealed))

    def test_a_configured_key_makes_no_file(self):
        self.keyring(credentials.new_key())
        self.assertFalse(self.key_file.exists())

    def test_a_damaged_file_is_named(self):
        self.key_file.write_text("damaged")
        error = self.assertRaises(credentials.CredentialKeyError, self.keyring)
        self.assertIn(str(self.key_file), str(error))

    def test_an_unusable_state_path_is_named(self):
        (self.state_path / "file").write_text("")
        error = self.assertRaises(
            credentials.CredentialKeyError,
            self.keyring,
            state_path=self.state_path / "file" / "below",
        )
        self.assertIn("state_path", str(error))
