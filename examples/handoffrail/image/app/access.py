"""Who may do what, and how often."""

import hashlib
import os
import secrets
import time
from collections import Counter
from uuid import uuid4

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse
from redis.exceptions import RedisError
from sqlalchemy import select

from app import events
from app.config import settings
from app.database import session
from app.models.db import ApiKey

FREE = {"/health", "/ready", "/metrics", "/docs", "/openapi.json"}
ROLES = ["reader", "writer", "admin"]
KNOWN_SECONDS = 300
known: dict[str, tuple[ApiKey, float]] = {}
counters: Counter[str] = Counter()


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def new_key(**columns) -> tuple[str, ApiKey]:
    plain = f"hr_{secrets.token_urlsafe(32)}"
    return plain, ApiKey(id=str(uuid4()), key_hash=hashed(plain), key_prefix=plain[:8], **columns)


async def find(key: str | None) -> ApiKey | None:
    if not key:
        return None
    async with session() as database:
        return (await database.execute(select(ApiKey).where(ApiKey.key_hash == hashed(key)))).scalar_one_or_none()


async def remembered(key: str | None) -> ApiKey | None:
    """As `find`, but with the role, tenant and tier that this process has seen within five minutes."""
    row, until = known.get(key or "", (None, 0))
    if until < time.time():
        row = await find(key)
        if key and row and not row.revoked:
            known[key] = row, time.time() + KNOWN_SECONDS
    return row


def needs(role: str):
    """What a route depends on. Whether a key is revoked is never out of date, only its role may be."""

    async def check(request: Request) -> ApiKey:
        plain = request.headers.get("X-API-Key")
        key = await find(plain)
        if not key:
            raise HTTPException(401, "Missing or invalid X-API-Key header")
        if key.revoked:
            raise HTTPException(403, "API key has been revoked")
        # Any value switches it off, `false` too.
        seen = await remembered(plain)
        if ROLES.index(seen.role) < ROLES.index(role) and not os.environ.get("HR_DISABLE_RBAC"):
            raise HTTPException(403, f"{role} role required")
        return key

    return check


async def limit(request: Request, call_next):
    """Each minute by key, or by address where there is none; each hour by tenant, which is `default` where no key says it."""
    if request.url.path in FREE:
        return await call_next(request)
    plain = request.headers.get("X-API-Key")
    key = await remembered(plain)
    caller = f"key:{hashed(plain)}" if plain else f"ip:{request.client.host}"
    tenant, tier = (key.tenant_id, key.tier) if key else ("default", "free")
    tiers = settings().rate_limit_tiers
    for who, seconds, most in (
        (caller, 60, settings().rate_limit_per_minute),
        (f"tenant:{tenant}", 3600, tiers.get(tier, tiers["free"])),
    ):
        count = await counted(f"limit:{who}:{int(time.time() // seconds)}", seconds)
        if count > most:
            return JSONResponse({"detail": "Rate limit exceeded"}, 429, {"Retry-After": str(seconds)})
    return await call_next(request)


async def counted(name: str, seconds: int) -> int:
    """Of all processes together, or of this one alone where there is no Redis."""
    if events.redis:
        try:
            async with events.redis.pipeline() as pipeline:
                count, _ = await pipeline.incr(name).expire(name, seconds).execute()
            return count
        except RedisError as problem:
            print(f"redis_rate_limit_error: {problem}", flush=True)
    counters[name] += 1
    return counters[name]
