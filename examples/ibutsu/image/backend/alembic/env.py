"""Each revision commits by itself, as some build their indexes concurrently."""

from logging.config import fileConfig

from alembic import context
from sqlalchemy import create_engine

from ibutsu_server.settings import Settings

fileConfig(context.config.config_file_name)
# No queue, no key, no administrator: nothing but the database is asked for.
with create_engine(Settings().database_url()).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
