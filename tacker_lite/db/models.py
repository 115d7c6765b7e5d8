"""All tables.  Rows leave physically: a name is free again at once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import mysql

LongText = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
Timestamp = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
OptionalJson = sa.JSON(none_as_null=True)


class Base(orm.DeclarativeBase):
    """Base of every model; its metadata is what migrations are compared with."""

    # Names differ by case and accent, as they do on other databases.
    __table_args__: Any = {
        "mysql_engine": "InnoDB",
        "mysql_charset": "utf8mb4",
        "mysql_collate": "utf8mb4_bin",
    }


class Owned:
    """Columns of everything that a project owns by name.

    Times are UTC without a zone.
    """

    id: orm.Mapped[str] = orm.mapped_column(sa.String(36), primary_key=True)
    project_id: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    name: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    description: orm.Mapped[str] = orm.mapped_column(LongText, default="")
    created_at: orm.Mapped[Any] = orm.mapped_column(Timestamp)
    updated_at: orm.Mapped[Any] = orm.mapped_column(Timestamp, nullable=True)


class Vim(Owned, Base):
    """A registered infrastructure.

    :ivar auth_cred: the public part of the credentials.
    :ivar secrets: the sealed rest, as text; never leaves the conductor.
    :ivar default_of: the project, when it is its default VIM: unique, so that of two
        requests at the same time one is refused.
    :ivar last_seen_at: when a check last reached it; written at most once a minute
        while nothing changes.
    """

    __tablename__ = "vims"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "name", name="uniq_vims_project_name"),
        sa.Index("uniq_vims_default_of", "default_of", unique=True),
        Base.__table_args__,
    )

    type: orm.Mapped[str] = orm.mapped_column(sa.String(64))
    auth_url: orm.Mapped[str] = orm.mapped_column(sa.Text)
    vim_project: orm.Mapped[Any] = orm.mapped_column(sa.JSON)
    auth_cred: orm.Mapped[Any] = orm.mapped_column(sa.JSON)
    secrets: orm.Mapped[str] = orm.mapped_column(LongText, default="")
    extra: orm.Mapped[Any] = orm.mapped_column(sa.JSON)
    placement_attr: orm.Mapped[Any] = orm.mapped_column(sa.JSON)
    is_default: orm.Mapped[bool] = orm.mapped_column(sa.Boolean, default=False)
    default_of: orm.Mapped[str] = orm.mapped_column(sa.String(255), nullable=True)
    shared: orm.Mapped[bool] = orm.mapped_column(sa.Boolean, default=False)
    status: orm.Mapped[str] = orm.mapped_column(sa.String(32))
    reason: orm.Mapped[str] = orm.mapped_column(sa.Text, nullable=True)
    last_seen_at: orm.Mapped[Any] = orm.mapped_column(Timestamp, nullable=True)


class Vnfd(Owned, Base):
    """A descriptor; it never changes but for name and description.

    :ivar template: the descriptor as YAML text.
    :ivar template_source: ``onboarded`` or ``inline``.
    :ivar files: text of the other files of its package, by path; None without one.
    """

    __tablename__ = "vnfds"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "name", name="uniq_vnfds_project_name"),
        Base.__table_args__,
    )

    template: orm.Mapped[str] = orm.mapped_column(LongText)
    service_types: orm.Mapped[Any] = orm.mapped_column(sa.JSON)
    mgmt_driver: orm.Mapped[str] = orm.mapped_column(sa.String(255), nullable=True)
    template_source: orm.Mapped[str] = orm.mapped_column(
        sa.String(32), default="onboarded"
    )
    files: orm.Mapped[Any] = orm.mapped_column(OptionalJson, nullable=True)


class Vnf(Owned, Base):
    """A VNF.

    :ivar placement_attr: as given, plus ``vim_name``.
    :ivar attributes: strings by name, as the API shows them.
    :ivar param_values: the input values with their types, as given.
    :ivar handle: what the VIM driver calls it; None until the VIM has it.
    :ivar mgmt_ip_address: JSON text, addresses by VDU name.
    :ivar owner: host of the conductor that works on it.
    :ivar next_step: what the operation in hand needs next, see
        :mod:`tacker_lite.db.vnf`; kept so that a restart goes on there.
    :ivar operation_started_at: start of the operation in hand, for its time limit.
    :ivar webhooks: URL that an alarm calls, by name of its trigger; a secret.
    :ivar sizes: copies wanted, by scaling policy; None or a missing name: its default.
    :ivar operation: what the operation in hand was asked for, and what it replaced,
        where the other columns do not say so.
    :ivar cooldowns: until when alarms may not change a size, by scaling policy.
    :ivar configure_at: when the VNF is to be given its configuration; None: never.
    """

    __tablename__ = "vnfs"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "name", name="uniq_vnfs_project_name"),
        Base.__table_args__,
    )

    vnfd_id: orm.Mapped[str] = orm.mapped_column(
        sa.String(36), sa.ForeignKey("vnfds.id", name="fk_vnfs_vnfd"), index=True
    )
    vim_id: orm.Mapped[str] = orm.mapped_column(
        sa.String(36), sa.ForeignKey("vims.id", name="fk_vnfs_vim"), index=True
    )
    placement_attr: orm.Mapped[Any] = orm.mapped_column(sa.JSON)
    attributes: orm.Mapped[Any] = orm.mapped_column(sa.JSON)
    param_values: orm.Mapped[Any] = orm.mapped_column(sa.JSON)
    handle: orm.Mapped[str] = orm.mapped_column(sa.Text, nullable=True)
    mgmt_ip_address: orm.Mapped[str] = orm.mapped_column(LongText, nullable=True)
    status: orm.Mapped[str] = orm.mapped_column(sa.String(32), index=True)
    reason: orm.Mapped[str] = orm.mapped_column(LongText, nullable=True)
    owner: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    next_step: orm.Mapped[str] = orm.mapped_column(sa.String(16))
    operation_started_at: orm.Mapped[Any] = orm.mapped_column(Timestamp)
    webhooks: orm.Mapped[Any] = orm.mapped_column(OptionalJson, nullable=True)
    sizes: orm.Mapped[Any] = orm.mapped_column(OptionalJson, nullable=True)
    operation: orm.Mapped[Any] = orm.mapped_column(OptionalJson, nullable=True)
    cooldowns: orm.Mapped[Any] = orm.mapped_column(OptionalJson, nullable=True)
    configure_at: orm.Mapped[Any] = orm.mapped_column(
        Timestamp, nullable=True, index=True
    )


class Event(Base):
    """An immutable record; it outlives the resource that it is about."""

    __tablename__ = "events"

    id: orm.Mapped[int] = orm.mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    )
    project_id: orm.Mapped[str] = orm.mapped_column(sa.String(255), index=True)
    resource_id: orm.Mapped[str] = orm.mapped_column(sa.String(36), index=True)
    resource_type: orm.Mapped[str] = orm.mapped_column(sa.String(32))
    resource_state: orm.Mapped[str] = orm.mapped_column(sa.String(64))
    event_type: orm.Mapped[str] = orm.mapped_column(sa.String(32))
    timestamp: orm.Mapped[Any] = orm.mapped_column(Timestamp)
    details: orm.Mapped[str] = orm.mapped_column(LongText, default="")


class Service(Base):
    """A conductor's signs of life.

    :ivar beat: changes with every sign.  Others watch it change by their own
        clocks, so that clocks need not agree.
    """

    __tablename__ = "services"

    host: orm.Mapped[str] = orm.mapped_column(sa.String(255), primary_key=True)
    beat: orm.Mapped[str] = orm.mapped_column(sa.String(36))
    last_seen_at: orm.Mapped[Any] = orm.mapped_column(Timestamp)
