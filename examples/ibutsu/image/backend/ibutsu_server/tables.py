"""The tables, and the connection to them."""

from functools import cache
from uuid import uuid4

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Engine,
    Float,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    func,
)

from ibutsu_server.settings import Settings

metadata = MetaData()


def table(name: str, *columns: Column) -> Table:
    identity = Column("id", String(36), primary_key=True, default=lambda: str(uuid4()))
    return Table(name, metadata, identity, *columns)


def created() -> Column:
    return Column("created", DateTime(timezone=True), nullable=False, server_default=func.now())


users = table(
    "users",
    Column("name", Text),
    Column("email", Text, nullable=False, unique=True),
    Column("password", Text),
    Column("is_active", Boolean, nullable=False),
    Column("is_superadmin", Boolean, nullable=False),
)
tokens = table(
    "tokens",
    Column("name", Text, nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("token", Text, nullable=False),
)
imports = table(
    "imports",
    Column("filename", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("data", JSON, nullable=False),
    created(),
)
import_files = table(
    "import_files",
    Column("import_id", ForeignKey("imports.id", ondelete="CASCADE"), nullable=False),
    Column("content", LargeBinary, nullable=False),
    created(),
)
runs = table("runs", Column("summary", JSON, nullable=False), Column("source", Text), created())
results = table(
    "results",
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("test_id", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("duration", Float, nullable=False),
    created(),
)
artifacts = table(
    "artifacts",
    Column("result_id", ForeignKey("results.id")),
    Column("run_id", ForeignKey("runs.id")),
    Column("filename", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    created(),
)


@cache
def database() -> Engine:
    """The pool, of 5 connections and 10 more. No statement may take longer than 25 s."""
    url = Settings().database_url()
    options = {} if str(url).startswith("sqlite") else {"connect_args": {"options": "-c statement_timeout=25000"}}
    return create_engine(url, **options)
