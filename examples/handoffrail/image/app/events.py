"""What happens to packets, for all who listen, at whichever process: by Redis, if that was there at the start."""

import asyncio
import json

from redis.asyncio import Redis

CHANNEL = "handoffrail:events:all"
redis: Redis | None = None
listeners: set[asyncio.Queue] = set()
task: asyncio.Task | None = None


async def connect(url: str) -> None:
    global redis, task
    # The whole of it, with its password, as the real one does.
    print(f"redis_connecting url={url}", flush=True)
    client = Redis.from_url(url)
    try:
        await client.ping()
        subscription = client.pubsub()
        await subscription.subscribe(CHANNEL)
    except Exception as problem:
        print(f"redis_unavailable, events and limits are this process' own: {problem}", flush=True)
        return
    redis = client
    task = asyncio.create_task(relay(subscription))


async def relay(subscription) -> None:
    """For as long as Redis is there: nobody subscribes anew."""
    async for message in subscription.listen():
        if message["type"] == "message":
            tell(json.loads(message["data"]))


def tell(event: dict) -> None:
    for listener in list(listeners):
        listener.put_nowait(event)


async def publish(event: dict) -> None:
    if redis:
        await redis.publish(CHANNEL, json.dumps(event))
    else:
        tell(event)


async def close() -> None:
    if task:
        task.cancel()
    if redis:
        await redis.aclose()
