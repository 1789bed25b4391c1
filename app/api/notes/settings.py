"""The API's environment variables, read and checked all at once before anything starts.

A message never repeats a value: URLs carry passwords, and messages go to the logs.
"""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from redis.connection import parse_url

from . import __version__

MIN_SECRET_LENGTH = 32


class SettingsError(Exception):
    """What is wrong with the environment, everything in one line."""


@dataclass(frozen=True)
class Settings:
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    session_secret: str = field(repr=False)
    version: str
    environment: str
    pod: str


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    mistakes: list[str] = []
    settings = Settings(
        database_url=_required("DATABASE_URL", environ, _database_url_mistake, mistakes),
        redis_url=_required("REDIS_URL", environ, _redis_url_mistake, mistakes),
        session_secret=_required("SESSION_SECRET", environ, _secret_mistake, mistakes),
        version=environ.get("APP_VERSION") or __version__,
        environment=environ.get("ENVIRONMENT") or "local",
        # In a pod the host's name is the pod's name.
        pod=environ.get("POD_NAME") or socket.gethostname(),
    )
    _refuse(mistakes)
    return settings


def read_database_url(environ: Mapping[str, str] = os.environ) -> str:
    """For a migration, which needs nothing else."""
    mistakes: list[str] = []
    url = _required("DATABASE_URL", environ, _database_url_mistake, mistakes)
    _refuse(mistakes)
    return url


def _refuse(mistakes: list[str]) -> None:
    if mistakes:
        raise SettingsError("notes refuses to start: " + "; ".join(mistakes))


def _required(
    name: str,
    environ: Mapping[str, str],
    mistake_of: Callable[[str], str | None],
    mistakes: list[str],
) -> str:
    value = environ.get(name, "")
    if not value:
        mistakes.append(f"{name} is missing")
    elif value != value.strip():
        # Usually the newline at the end of a file that was made into a Secret.
        mistakes.append(f"{name} begins or ends with white space")
    elif mistake := mistake_of(value):
        mistakes.append(f"{name} {mistake}")
    return value


def _database_url_mistake(url: str) -> str | None:
    mistake = "is malformed (expected postgresql://user:password@host:port/database)"
    if not url.startswith(("postgresql://", "postgres://")):
        return mistake
    try:
        parts = conninfo_to_dict(url)
        complete = parts.get("host") and parts.get("dbname")
        # libpq looks at ports only when it connects, and then for ever.
        ports = [int(port) for port in str(parts.get("port", "5432")).split(",")]
    except (ProgrammingError, ValueError):
        return mistake
    return None if complete and all(0 < port < 65536 for port in ports) else mistake


def _redis_url_mistake(url: str) -> str | None:
    mistake = "is malformed (expected redis://user:password@host:port/number)"
    if not url.startswith(("redis://", "rediss://")):
        return mistake
    try:
        return None if parse_url(url).get("host") else mistake
    except ValueError:
        return mistake


def _secret_mistake(secret: str) -> str | None:
    if len(secret) < MIN_SECRET_LENGTH:
        return f"is too short (expected {MIN_SECRET_LENGTH} characters or more)"
    return None
