"""The database that DATABASE_URL names; a file without it."""

import os

from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.models.db import Base

URL = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///./handoffrail.db")
for plain in ("postgresql://", "postgres://"):
    if URL.startswith(plain):
        URL = URL.replace(plain, "postgresql+asyncpg://", 1)

pool = {} if URL.startswith("sqlite") else {"pool_size": 20, "max_overflow": 10, "pool_pre_ping": True}
engine = create_async_engine(URL, **pool)
session = async_sessionmaker(engine, expire_on_commit=False)


async def prepare() -> None:
    """Makes the tables that aren't there, and the first tenant: in words that only SQLite knows."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        if not (await connection.execute(text("SELECT 1 FROM tenants WHERE id = 'default'"))).scalar():
            await connection.execute(
                text("INSERT OR IGNORE INTO tenants (id, name, tier) VALUES ('default', 'Default Tenant', 'free')")
            )
