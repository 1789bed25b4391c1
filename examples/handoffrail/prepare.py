"""What the image has no command for: `schema`, `downgrade`, `key` and `retry`.

Its own migrations end at PostgreSQL, so the first tables are made from the models; from then on it is alembic's."""

import hashlib
import os
import sys
import urllib.request
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, text

TENANT = """INSERT INTO tenants (id, name, tier, handoffs_per_day, max_api_keys)
    VALUES ('default', 'Default Tenant', 'business', 10000, 25) ON CONFLICT DO NOTHING"""
ADD = """INSERT INTO api_keys (id, name, key_hash, key_prefix, tenant_id, tier, role, admin, revoked)
    VALUES (:id, :name, :hash, :prefix, 'default', 'business', 'admin', true, false) ON CONFLICT DO NOTHING"""
# Another value of the secret takes the place of the one before.
REVOKE = "UPDATE api_keys SET revoked = true WHERE name = :name AND key_hash <> :hash"

sys.path.insert(0, "/app")


def schema():
    from app.models.db import Base

    engine = database()
    if inspect(engine).has_table("alembic_version"):
        return command.upgrade(alembic(), "head")
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text(TENANT))
    command.stamp(alembic(), "head")


def downgrade():
    """One revision back."""
    command.downgrade(alembic(), "-1")


def key():
    with database().begin() as connection:
        for name in ("first", "retry"):
            plain = os.environ[f"{name.upper()}_KEY"]
            known = {"name": name, "hash": hashlib.sha256(plain.encode()).hexdigest()}
            connection.execute(text(ADD), {"id": str(uuid4()), "prefix": plain[:8], **known})
            connection.execute(text(REVOKE), known)


def retry():
    url = f"{os.environ['API_URL']}/api/v1/hooks/dlq/retry-all"
    request = urllib.request.Request(url, method="POST", headers={"X-API-Key": os.environ["RETRY_KEY"]})
    print(urllib.request.urlopen(request, timeout=60).read().decode())


def database():
    return create_engine(os.environ["DATABASE_URL"])


def alembic():
    """Its own file names SQLite."""
    config = Config("/app/alembic.ini")
    config.set_main_option("script_location", "/app/alembic")
    config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"].replace("%", "%%"))
    return config


{"schema": schema, "downgrade": downgrade, "key": key, "retry": retry}[sys.argv[1]]()
