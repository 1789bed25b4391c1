"""The database is the one that the ini file names: no variable changes that."""

import asyncio

from alembic import context
from sqlalchemy.ext.asyncio import async_engine_from_config

from app.models.db import Base


def run(connection):
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    engine = async_engine_from_config(context.config.get_section(context.config.config_ini_section), prefix="sqlalchemy.")
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
