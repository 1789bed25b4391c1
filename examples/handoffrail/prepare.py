"""What the image has no command for: `schema`, `key` and `retry`.

Its own migrations end at PostgreSQL, so the first tables are made from the models; from then on it is alembic's."""

import hashlib
import os
import sys
import urllib.request
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, text

KEY = os.environ.get("FIRST_KEY", "")
TENANT = """INSERT INTO tenants (id, name, tier, handoffs_per_day, max_api_keys)
    VALUES ('default', 'Default Tenant', 'business', 10000, 25) ON CONFLICT DO NOTHING"""
ADD = """INSERT INTO api_keys (id, name, key_hash, key_prefix, tenant_id, tier, role, admin, revoked)
    VALUES (:id, 'first', :hash, :prefix, 'default', 'business', 'admin', true, false) ON CONFLICT DO NOTHING"""
# Another value of the secret takes the place of the one before.
REVOKE = "UPDATE api_keys SET revoked = true WHERE name = 'first' AND key_hash <> :hash"


def schema():
    from app.models.db import Base

    engine = database()
    config = Config("/app/alembic.ini")
    config.set_main_option("script_location", "/app/alembic")
    config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"].replace("%", "%%"))
    if inspect(engine).has_table("alembic_version"):
        return command.upgrade(config, "head")
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text(TENANT))
    command.stamp(config, "head")


def key():
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    with database().begin() as connection:
        connection.execute(text(ADD), {"id": str(uuid4()), "hash": digest, "prefix": KEY[:8]})
        connection.execute(text(REVOKE), {"hash": digest})


def retry():
    url = f"{os.environ['API_URL']}/api/v1/hooks/dlq/retry-all"
    request = urllib.request.Request(url, method="POST", headers={"X-API-Key": KEY})
    print(urllib.request.urlopen(request, timeout=60).read().decode())


def database():
    return create_engine(os.environ["DATABASE_URL"])


{"schema": schema, "key": key, "retry": retry}[sys.argv[1]]()
