"""What lives in Redis: the cached list of notes and the counter of visits.

Deleting a cached list after a write is not enough: a reader that fetched the old rows before
the write may put them back after it. So a cached list names the generation that it was read
under, a write begins a new generation, and a list of another generation counts as absent.
Generations are random, because a counter that Redis lost would hand out old numbers again.

What is left: a write whose new generation cannot be told to Redis (it is down, or the process
dies in between). Then readers may see the old list, for LIST_SECONDS at most.
"""

from uuid import uuid4

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff

LIST = "notes:list"
GENERATION = "notes:generation"
VISITS = "notes:visits"
LIST_SECONDS = 30


def connect(redis_url: str) -> Redis:
    return Redis.from_url(
        redis_url,
        socket_connect_timeout=1,
        socket_timeout=1,
        # One retry, at once: it replaces a connection that died with the last Redis.
        retry=Retry(ConstantBackoff(0.05), 1),
    )


class Cache:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def close(self) -> None:
        await self._redis.aclose()

    async def ping(self) -> None:
        await self._redis.ping()

    async def cached_list(self) -> tuple[bytes, bytes | None]:
        """The current generation, to be read before the database, and the list if it is of it."""
        generation, cached = await self._redis.mget(GENERATION, LIST)
        if generation is None:
            await self._redis.set(GENERATION, _new_generation(), nx=True)
            # Another replica may have been first.
            generation = await self._redis.get(GENERATION) or b""
        of, _, body = (cached or b"").partition(b"\n")
        return generation, body if of == generation and body else None

    async def keep_list(self, generation: bytes, body: bytes) -> None:
        await self._redis.set(LIST, generation + b"\n" + body, ex=LIST_SECONDS)

    async def invalidate_list(self) -> None:
        await self._redis.set(GENERATION, _new_generation())

    async def visits(self) -> int:
        return int(await self._redis.get(VISITS) or 0)

    async def count_visit(self) -> int:
        return await self._redis.incr(VISITS)


def _new_generation() -> str:
    return uuid4().hex
