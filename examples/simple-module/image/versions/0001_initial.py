"""The tables of the modules that this application has, as their models describe them."""

from alembic import op
from simple_module_db import build_module_metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    build_module_metadata().create_all(op.get_bind())


def downgrade() -> None:
    build_module_metadata().drop_all(op.get_bind())
