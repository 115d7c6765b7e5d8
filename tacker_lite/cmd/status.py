"""``tacker-lite-status upgrade check``: is this node ready for this release?"""

from __future__ import annotations

import contextlib
import sys

from oslo_config import cfg
from oslo_log import log
from oslo_policy import policy
from oslo_upgradecheck import common_checks, upgradecheck

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import rbac
from tacker_lite.db import migration
from tacker_lite.db import vim as vim_table
from tacker_lite.db.base import FAULTS, Database
from tacker_lite.db.query import Row
from tacker_lite.vim import credentials

SUCCESS = upgradecheck.Code.SUCCESS
WARNING = upgradecheck.Code.WARNING
FAILURE = upgradecheck.Code.FAILURE

UNREADABLE = (*FAULTS, cfg.Error, OSError)


class Checks(upgradecheck.UpgradeCommands):
    """The checks, in the order in which they are shown."""

    def __init__(self, conf: cfg.ConfigOpts):
        self.conf = conf

    def check_database(self) -> upgradecheck.Result:
        """The schema is that of this release."""
        try:
            found, wanted = self._revision(), migration.head()
        except UNREADABLE as error:
            return upgradecheck.Result(FAILURE, f"The database cannot be read: {error}")
        if found == wanted:
            return upgradecheck.Result(SUCCESS)
        return upgradecheck.Result(
            FAILURE,
            f"The database is at revision {found or 'none'}, this release needs "
            f"{wanted}: run tacker-lite-manage db sync",
        )

    def check_credential_keys(self) -> upgradecheck.Result:
        """The keys of this node open every VIM's credentials."""
        path = credentials.key_file(self.conf)
        no_key = path if path and not path.exists() else None
        first = f"; key file {no_key} will be made at the first start of the service"
        try:
            rows = self._vims()
        except UNREADABLE:
            text = "No VIM can be read from the database" + (first if no_key else "")
            return upgradecheck.Result(WARNING, text)
        if no_key and rows:
            return upgradecheck.Result(
                FAILURE,
                f"Key file {no_key} is missing, and {len(rows)} VIMs are encrypted "
                "with a key: bring the file back or set [vim] credential_key",
            )
        if no_key:
            return upgradecheck.Result(SUCCESS, "No VIM needs a key yet" + first)
        try:
            keyring = credentials.Keyring(self.conf)
            for row in rows:
                keyring.open(row["auth_cred"], row["secrets"])
        except credentials.CredentialKeyError as error:
            return upgradecheck.Result(FAILURE, error.message)
        return upgradecheck.Result(SUCCESS)

    def _revision(self) -> str:
        with contextlib.closing(Database(self.conf, look_only=True)) as database:
            return migration.version(database)

    def _vims(self) -> list[Row]:
        with (
            contextlib.closing(Database(self.conf, look_only=True)) as database,
            database.reader() as session,
        ):
            return vim_table.list_rows(session)

    def check_policy_file(self) -> upgradecheck.Result:
        """The policy file, if there is one, can be read and has no unknown form."""
        enforcer = rbac.get_enforcer(self.conf)
        try:
            enforcer.load_rules()
        except (cfg.ConfigFilesNotFoundError, policy.InvalidDefinitionError) as error:
            return upgradecheck.Result(FAILURE, str(error))
        except ValueError as error:
            return upgradecheck.Result(FAILURE, f"Policy file: {error}")
        return upgradecheck.Result(SUCCESS)

    def check_policy_form(self) -> upgradecheck.Result:
        """The policy file is YAML."""
        return common_checks.check_policy_json(self, self.conf)

    _upgrade_checks = (
        ("Database schema", check_database),
        ("Keys of VIM credentials", check_credential_keys),
        ("Policy file", check_policy_file),
        ("Form of the policy file", check_policy_form),
    )


def main() -> int:
    """Run the checks; the highest code of theirs."""
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    tacker_lite_conf.register_opts(conf)
    return upgradecheck.main(conf, project="tacker-lite", upgrade_command=Checks(conf))


if __name__ == "__main__":
    sys.exit(main())
