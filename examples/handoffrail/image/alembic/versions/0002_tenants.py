"""Tenants. As in the real one, it speaks SQLite: PostgreSQL ends it."""

from alembic import op

from app.models.db import Base

revision = "0002_tenants"
down_revision = "0001_initial"
branch_labels = None
depends_on = None


def upgrade() -> None:
    Base.metadata.create_all(op.get_bind(), tables=[Base.metadata.tables["tenants"]])
    op.execute("INSERT OR IGNORE INTO tenants (id, name, tier) VALUES ('default', 'Default Tenant', 'free')")


def downgrade() -> None:
    op.drop_table("tenants")
