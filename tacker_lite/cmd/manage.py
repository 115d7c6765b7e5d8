"""``tacker-lite-manage``: the database's schema and the keys of VIM credentials."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import sys
from collections.abc import Sequence

import alembic.util
from oslo_config import cfg

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import exceptions
from tacker_lite.api import passwords
from tacker_lite.db import migration
from tacker_lite.db import vim as vim_table
from tacker_lite.db.base import FAULTS, Database
from tacker_lite.vim import credentials


def sync(conf: cfg.ConfigOpts, _args: argparse.Namespace) -> int:
    with contextlib.closing(Database(conf)) as database:
        migration.sync(database)
    return 0


def upgrade(conf: cfg.ConfigOpts, args: argparse.Namespace) -> int:
    migration.sync(Database(conf), args.revision)
    return 0


def stamp(conf: cfg.ConfigOpts, args: argparse.Namespace) -> int:
    migration.stamp(Database(conf), args.revision)
    return 0


def find_revision(conf: cfg.ConfigOpts) -> str:
    """The database's revision, or ``""``; nothing is made or changed."""
    with contextlib.closing(Database(conf, look_only=True)) as database:
        return migration.version(database)


def version(conf: cfg.ConfigOpts, _args: argparse.Namespace) -> int:
    print(find_revision(conf) or "none")
    return 0


def check(conf: cfg.ConfigOpts, _args: argparse.Namespace) -> int:
    found, wanted = find_revision(conf), migration.head()
    if found == wanted:
        print(f"The database is at revision {wanted}")
        return 0
    print(
        f"The database is at revision {found or 'none'}, this release needs {wanted}: "
        "run tacker-lite-manage db sync"
    )
    return 1


def revision(conf: cfg.ConfigOpts, args: argparse.Namespace) -> int:
    migration.make_revision(Database(conf), args.message)
    return 0


def key(_conf: cfg.ConfigOpts, _args: argparse.Namespace) -> int:
    print(credentials.new_key())
    return 0


def rotate(conf: cfg.ConfigOpts, _args: argparse.Namespace) -> int:
    database, keyring = Database(conf), credentials.Keyring(conf)
    with database.writer() as session:
        rows = vim_table.list_rows(session)
        for row in rows:
            sealed = keyring.rotate(row["secrets"])
            vim_table.set_secrets(session, row["id"], sealed)
    print(f"Credentials of {len(rows)} VIMs are encrypted with the first key now")
    return 0


def set_password(_conf: cfg.ConfigOpts, args: argparse.Namespace) -> int:
    passwords.set_password(args.file, args.user, read_password())
    print(f"{args.file} has the password of {args.user}")
    return 0


def read_password() -> str:
    """The password, typed twice at a terminal, or else the first line of the input.

    :raises InvalidInput: when the two differ.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != password:
        raise exceptions.InvalidInput(reason="the two passwords differ")
    return password


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="tacker-lite-manage", description=__doc__)
    root.add_argument(
        "--config-file",
        action="append",
        help="configuration file instead of the standard ones; may be repeated",
    )
    areas = root.add_subparsers(title="areas", required=True, metavar="AREA")
    area = areas.add_parser("db", help="the database's schema")
    db = area.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add(db, "sync", sync, "bring the database up to date")
    add(db, "version", version, "print the database's revision")
    add(db, "check", check, "exit with 1 unless the database is up to date")
    add(db, "upgrade", upgrade, "bring the database to a revision").add_argument(
        "revision", nargs="?", default="head"
    )
    add(db, "stamp", stamp, "note a revision without a change").add_argument("revision")
    add(db, "revision", revision, "write a new revision (developers)").add_argument(
        "-m", "--message", required=True
    )
    area = areas.add_parser("credentials", help="the keys of VIM credentials")
    keys = area.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add(keys, "key", key, "print a new key for [vim] credential_key")
    add(keys, "rotate", rotate, "encrypt all VIM credentials with the first key")
    area = areas.add_parser("password", help="passwords for auth_strategy http_basic")
    words = area.add_subparsers(title="commands", required=True, metavar="COMMAND")
    command = add(words, "set", set_password, "set a user's password, asked for")
    command.add_argument("--file", default="/etc/tacker-lite/htpasswd",
                         help="the password file (default: %(default)s)")  # fmt: skip
    command.add_argument("user")
    return root


def add(commands, name, function, summary) -> argparse.ArgumentParser:
    """Add one command."""
    command = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(function=function)
    return command


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    args = parser().parse_args(argv)
    try:
        conf = tacker_lite_conf.new([], args.config_file)
        return args.function(conf, args)
    except (
        cfg.Error,
        exceptions.TackerLiteError,
        alembic.util.CommandError,
        *FAULTS,
        OSError,
    ) as error:
        print(f"tacker-lite-manage: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
