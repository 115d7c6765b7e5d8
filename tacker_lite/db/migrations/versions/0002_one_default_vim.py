"""One default VIM for each project

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INDEX = "uniq_vims_default_of"

VIMS = sa.table(
    "vims",
    sa.column("id", sa.String),
    sa.column("project_id", sa.String),
    sa.column("created_at", sa.DateTime),
    sa.column("is_default", sa.Boolean),
    sa.column("default_of", sa.String),
)


def upgrade() -> None:
    op.add_column("vims", sa.Column("default_of", sa.String(length=255), nullable=True))
    connection = op.get_bind()
    defaults = sa.select(VIMS.c.id, VIMS.c.project_id).where(VIMS.c.is_default)
    seen = set()
    for row in connection.execute(defaults.order_by(VIMS.c.created_at)).all():
        first = row.project_id not in seen
        seen.add(row.project_id)
        values = {"default_of": row.project_id} if first else {"is_default": False}
        connection.execute(sa.update(VIMS).where(VIMS.c.id == row.id).values(**values))
    op.create_index(INDEX, "vims", ["default_of"], unique=True)
