"""The liveness of the backend: it answers. And where a worker found no Redis when it started, so that its cache is off for
good and it never gets ready, it is to start again as soon as Redis answers. Nothing else that it depends on is asked."""

import json
import os
import socket
import sys
from urllib.parse import urlsplit
from urllib.request import urlopen

BACKEND = "http://127.0.0.1:8000"


def redis_came_too_late() -> bool:
    try:
        if json.load(urlopen(f"{BACKEND}/health", timeout=2))["cache"] != "disabled":
            return False
        redis = urlsplit(os.environ["REDIS_URL"])
        socket.create_connection((redis.hostname, redis.port or 6379), timeout=2).close()
        return True
    except (OSError, ValueError, LookupError, TypeError):
        return False


urlopen(f"{BACKEND}/liveness", timeout=2)
if redis_came_too_late():
    sys.exit("Redis answers, but the cache is off")
