"""The cache. Whether Redis answers is asked once, at the start: if it doesn't, there is no cache until the next start,
and while a cache was asked for, the readiness says no."""

import json
import logging
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger("uvicorn.error")


class Cache:
    def __init__(self, url: str, prefix: str):
        self.wanted = url != ""
        self.enabled = False
        self._prefix = prefix
        self._redis = Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) if url else None

    async def connect(self) -> None:
        if not self._redis:
            return
        try:
            await self._write("_startup", {"ok": True}, 5)
            self.enabled = True
        except (RedisError, OSError) as error:
            log.warning("Cache unavailable: caching is off until the next start (%s)", type(error).__name__)

    async def ping(self) -> bool:
        if not self.enabled:
            return False
        try:
            await self._write("_ping", {"ok": True}, 5)
            return True
        except (RedisError, OSError):
            return False

    async def get(self, key: str) -> Any | None:
        if not (self.enabled and self._redis):
            return None
        try:
            value = await self._redis.get(f"{self._prefix}:{key}")
        except (RedisError, OSError):
            return None
        return None if value is None else json.loads(value)

    async def set(self, key: str, value: Any, ttl: int) -> None:
        if not self.enabled:
            return
        try:
            await self._write(key, value, ttl)
        except (RedisError, OSError) as error:
            log.warning("Cache write failed (%s)", type(error).__name__)

    async def delete(self, key: str) -> None:
        if not (self.enabled and self._redis):
            return
        try:
            await self._redis.delete(f"{self._prefix}:{key}")
        except (RedisError, OSError) as error:
            log.warning("Cache delete failed (%s)", type(error).__name__)

    async def close(self) -> None:
        if self._redis:
            await self._redis.aclose()

    async def _write(self, key: str, value: Any, ttl: int) -> None:
        assert self._redis
        await self._redis.set(f"{self._prefix}:{key}", json.dumps(value), ex=ttl)
