"""The cached list against a Redis of a dictionary: only what the cache asks of it."""

import asyncio

from notes.cache import GENERATION, Cache


class FakeRedis:
    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def mget(self, *keys: str) -> list[bytes | None]:
        return [self.values.get(key) for key in keys]

    async def set(self, key: str, value: str | bytes, nx: bool = False, ex: int = 0) -> None:
        if not (nx and key in self.values):
            self.values[key] = value if isinstance(value, bytes) else value.encode()


def test_a_kept_list_is_found_again_until_a_write():
    async def story() -> None:
        cache = Cache(FakeRedis())
        generation, body = await cache.cached_list()
        assert body is None
        await cache.keep_list(generation, b"[1]")
        assert await cache.cached_list() == (generation, b"[1]")
        await cache.invalidate_list()
        assert (await cache.cached_list())[1] is None

    asyncio.run(story())


def test_a_reader_that_was_overtaken_by_a_write_cannot_put_the_old_list_back():
    async def story() -> None:
        cache = Cache(FakeRedis())
        before_the_write, _ = await cache.cached_list()
        await cache.invalidate_list()
        await cache.keep_list(before_the_write, b"[old]")
        assert (await cache.cached_list())[1] is None

    asyncio.run(story())


def test_a_redis_that_lost_its_generation_does_not_serve_an_old_list():
    async def story() -> None:
        redis = FakeRedis()
        cache = Cache(redis)
        generation, _ = await cache.cached_list()
        await cache.keep_list(generation, b"[old]")
        del redis.values[GENERATION]
        assert (await cache.cached_list())[1] is None

    asyncio.run(story())
