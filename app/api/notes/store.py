"""Notes in Postgres."""

import asyncio
import logging
from datetime import datetime

import psycopg
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

log = logging.getLogger(__name__)

LIST_LIMIT = 200
STATEMENT_SECONDS = 10

# Any number that no other program uses for its advisory locks in this database.
SCHEMA_LOCK = 6_052_719_300_113

CONNECTION = {
    "autocommit": True,
    "connect_timeout": 3,
    "application_name": "notes-api",
    # A node that vanishes says no goodbye: without these a read waits for ever.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    # PgBouncer, in front of many an external Postgres, keeps no prepared statements.
    "prepare_threshold": None,
}


class Note(BaseModel):
    id: int
    text: str
    created_at: datetime


class Store:
    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._pool = AsyncConnectionPool(
            database_url,
            kwargs=CONNECTION,
            open=False,
            min_size=1,
            max_size=5,
            timeout=3,
            # A connection that died with the last Postgres is replaced before anybody gets it.
            check=AsyncConnectionPool.check_connection,
            # The pool doubles its waits up to this; the next request or probe starts it anew.
            # The default of five minutes would be a sleep through the end of an outage.
            reconnect_timeout=3,
        )
        self.has_schema = False

    async def open(self) -> None:
        await self._pool.open(wait=False)

    async def close(self) -> None:
        await self._pool.close()

    async def create_schema_when_reachable(self) -> None:
        while not self.has_schema:
            try:
                await create_schema(self._database_url)
                self.has_schema = True
                log.info("schema is in place")
            except psycopg.Error as error:
                log.warning("schema is not in place yet: %s", error)
                await asyncio.sleep(1)

    async def ping(self) -> None:
        async with self._pool.connection() as connection:
            await connection.execute("SELECT 1")

    async def list(self) -> list[Note]:
        async with asyncio.timeout(STATEMENT_SECONDS), self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Note))
            await cursor.execute(
                "SELECT id, text, created_at FROM notes ORDER BY id DESC LIMIT %s", [LIST_LIMIT]
            )
            return await cursor.fetchall()

    async def create(self, text: str) -> Note:
        async with asyncio.timeout(STATEMENT_SECONDS), self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Note))
            await cursor.execute(
                "INSERT INTO notes (text) VALUES (%s) RETURNING id, text, created_at", [text]
            )
            note = await cursor.fetchone()
            assert note is not None
            return note

    async def delete(self, id: int) -> bool:
        async with asyncio.timeout(STATEMENT_SECONDS), self._pool.connection() as connection:
            cursor = await connection.execute("DELETE FROM notes WHERE id = %s", [id])
            return cursor.rowcount == 1


async def create_schema(database_url: str) -> None:
    """Safe to run again, and at the same time from several replicas.

    IF NOT EXISTS alone is not: two sessions may both find nothing and one of them fails.
    The lock belongs to the transaction, so it cannot be left behind.
    """
    connection = await psycopg.AsyncConnection.connect(
        database_url, **{**CONNECTION, "autocommit": False}
    )
    async with connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [SCHEMA_LOCK])
        await connection.execute(
            """
            CREATE TABLE IF NOT EXISTS notes (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                text text NOT NULL,
                created_at timestamptz NOT NULL DEFAULT now()
            )
            """
        )
