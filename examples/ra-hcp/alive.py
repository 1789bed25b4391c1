"""The liveness of the backend: it answers, and if its cache is off, then because Redis is away. A worker that finds no
Redis when it starts never looks again, so that it would stay out of rotation for good."""

import json
import os
import socket
import sys
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

BACKEND = "http://127.0.0.1:8000"

urlopen(f"{BACKEND}/liveness", timeout=5)
try:
    urlopen(f"{BACKEND}/readiness", timeout=15)
except HTTPError as answer:
    if json.load(answer)["checks"].get("cache") == "disconnected":
        redis = urlsplit(os.environ["REDIS_URL"])
        try:
            socket.create_connection((redis.hostname, redis.port or 6379), timeout=2)
        except OSError:
            sys.exit(0)
        sys.exit("Redis answers, but the cache is off")
