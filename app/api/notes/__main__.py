"""`python -m notes` serves; `python -m notes migrate` only brings the schema up to date."""

import asyncio
import logging
import sys

import psycopg
import uvicorn

from . import logs, settings
from .app import create_app
from .store import create_schema

log = logging.getLogger("notes")

# A pod's grace period (30 s unless told otherwise) must hold this and the preStop wait.
DRAIN_SECONDS = 20


def main(arguments: list[str]) -> int:
    logs.to_stdout()
    try:
        if arguments == ["migrate"]:
            asyncio.run(create_schema(settings.read_database_url()))
            log.info("schema is in place")
            return 0
        if arguments:
            log.error("usage: python -m notes [migrate]")
            return 2
        serve(settings.read())
        return 0
    except (settings.SettingsError, psycopg.Error) as error:
        log.error("%s", error)
        return 1


def serve(s: settings.Settings) -> None:
    uvicorn.run(
        create_app(s),
        host="0.0.0.0",
        port=8000,
        log_config=None,
        access_log=False,
        server_header=False,
        # Only the ingress reaches this port; what it says about the client is true.
        proxy_headers=True,
        forwarded_allow_ips="*",
        # Longer than an ingress keeps idle connections (60 to 90 s): who closes first must be
        # the ingress, or it sends a request into a connection that is just being closed.
        timeout_keep_alive=95,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
