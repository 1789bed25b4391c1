"""Packets, keys, webhooks."""

from alembic import op

from app.models.db import Base

revision = "0001_initial"
down_revision = None
branch_labels = None
depends_on = None

FIRST = ["packets", "api_keys", "webhooks", "webhook_deliveries"]


def upgrade() -> None:
    Base.metadata.create_all(op.get_bind(), tables=[Base.metadata.tables[name] for name in FIRST])


def downgrade() -> None:
    Base.metadata.drop_all(op.get_bind(), tables=[Base.metadata.tables[name] for name in FIRST])
