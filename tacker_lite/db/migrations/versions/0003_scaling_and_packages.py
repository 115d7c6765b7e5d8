"""What scaling, configuration and packages need

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Timestamp = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.add_column("vnfds", sa.Column("files", sa.JSON(), nullable=True))
    op.add_column("vnfs", sa.Column("webhooks", sa.JSON(), nullable=True))
    op.add_column("vnfs", sa.Column("sizes", sa.JSON(), nullable=True))
    op.add_column("vnfs", sa.Column("operation", sa.JSON(), nullable=True))
    op.add_column("vnfs", sa.Column("cooldowns", sa.JSON(), nullable=True))
    op.add_column("vnfs", sa.Column("configure_at", Timestamp, nullable=True))
    op.create_index("ix_vnfs_configure_at", "vnfs", ["configure_at"], unique=False)
