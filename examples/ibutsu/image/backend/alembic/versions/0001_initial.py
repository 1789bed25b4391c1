"""The tables."""

from alembic import op

from ibutsu_server.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    with op.get_context().autocommit_block():
        op.create_index("ix_results_run_id", "results", ["run_id"], postgresql_concurrently=True)


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
