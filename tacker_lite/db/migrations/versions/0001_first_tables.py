"""First tables

Revision ID: 0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


LongText = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
Timestamp = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("resource_id", sa.String(length=36), nullable=False),
        sa.Column("resource_type", sa.String(length=32), nullable=False),
        sa.Column("resource_state", sa.String(length=64), nullable=False),
        sa.Column("event_type", sa.String(length=32), nullable=False),
        sa.Column("timestamp", Timestamp, nullable=False),
        sa.Column("details", LongText, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_events_project_id"), ["project_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_events_resource_id"), ["resource_id"], unique=False
        )

    op.create_table(
        "services",
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("beat", sa.String(length=36), nullable=False),
        sa.Column("last_seen_at", Timestamp, nullable=False),
        sa.PrimaryKeyConstraint("host"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "vims",
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("auth_url", sa.Text(), nullable=False),
        sa.Column("vim_project", sa.JSON(), nullable=False),
        sa.Column("auth_cred", sa.JSON(), nullable=False),
        sa.Column("secrets", LongText, nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("placement_attr", sa.JSON(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("last_seen_at", Timestamp, nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("project_id", "name", name="uniq_vims_project_name"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "vnfds",
        sa.Column("template", LongText, nullable=False),
        sa.Column("service_types", sa.JSON(), nullable=False),
        sa.Column("mgmt_driver", sa.String(length=255), nullable=True),
        sa.Column("template_source", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("project_id", "name", name="uniq_vnfds_project_name"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "vnfs",
        sa.Column("vnfd_id", sa.String(length=36), nullable=False),
        sa.Column("vim_id", sa.String(length=36), nullable=False),
        sa.Column("placement_attr", sa.JSON(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("param_values", sa.JSON(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.Column("mgmt_ip_address", LongText, nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("reason", LongText, nullable=True),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("next_step", sa.String(length=16), nullable=False),
        sa.Column("operation_started_at", Timestamp, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=True),
        sa.ForeignKeyConstraint(["vim_id"], ["vims.id"], name="fk_vnfs_vim"),
        sa.ForeignKeyConstraint(["vnfd_id"], ["vnfds.id"], name="fk_vnfs_vnfd"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("project_id", "name", name="uniq_vnfs_project_name"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("vnfs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vnfs_status"), ["status"], unique=False)
        batch_op.create_index(batch_op.f("ix_vnfs_vim_id"), ["vim_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_vnfs_vnfd_id"), ["vnfd_id"], unique=False)
