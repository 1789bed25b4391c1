"""The API."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, generate_latest
from pydantic import BaseModel, Field
from sqlalchemy import select, text, update

from app import access, database, events, streams, webhooks
from app.config import settings
from app.models.db import ApiKey, Packet, Webhook

LARGEST = 64 * 1024
EXPIRY_SECONDS = 60
LIFETIME = timedelta(hours=24)
requests = Counter("handoffrail_requests_total", "Requests", ["method", "endpoint", "status_code"])
# These two are told and never counted, as in the real one.
Counter("handoffrail_webhook_deliveries_total", "Deliveries", ["webhook_id", "event_type", "result"])
Gauge("handoffrail_webhook_dlq_size", "Dead letters", ["tenant_id"])


@asynccontextmanager
async def lifespan(_: FastAPI):
    await database.prepare()
    expiry = asyncio.create_task(expire())
    await events.connect(settings().redis_url)
    yield
    expiry.cancel()
    await events.close()


async def expire() -> None:
    """In every process: when it starts, and then each minute."""
    while True:
        old = Packet.created_at < datetime.now(timezone.utc) - LIFETIME
        stale = update(Packet).where(Packet.status.not_in(["completed", "expired"]), old)
        try:
            async with database.session() as open_session:
                await open_session.execute(stale.values(status="expired"))
                await open_session.commit()
        except Exception as problem:
            print(f"expiry_task_error: {problem}", flush=True)
        await asyncio.sleep(EXPIRY_SECONDS)


app = FastAPI(title="HandoffRail", version="0.2.0", lifespan=lifespan)
if settings().environment == "prod" and settings().cors_origins == ["*"]:
    print("cors_wildcard_in_prod", flush=True)
app.add_middleware(
    CORSMiddleware,
    allow_origins=settings().cors_origins,
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.middleware("http")
async def watch(request: Request, call_next):
    if int(request.headers.get("content-length") or 0) > LARGEST:
        return Response("Request too large", 413)
    response = await access.limit(request, call_next)
    requests.labels(request.method, request.url.path, response.status_code).inc()
    response.headers["X-Served-By"] = socket.gethostname()
    return response


app.include_router(streams.router)


@app.get("/")
async def root(request: Request):
    return {"service": "handoffrail", "client": request.client.host, "scheme": request.url.scheme}


@app.get("/health")
async def health():
    return {"status": "ok", "service": "handoffrail"}


@app.get("/ready")
async def ready(response: Response):
    """Whichever database, and whether or not there is Redis."""
    try:
        async with database.session() as open_session:
            await open_session.execute(text("SELECT 1"))
        found = True
    except Exception:
        response.status_code, found = 503, False
    return {"status": "ready" if found else "not_ready", "service": "handoffrail", "db": found}


@app.get("/metrics")
async def metrics():
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


class NewPacket(BaseModel):
    context: dict


@app.post("/api/v1/packets", status_code=201)
async def create_packet(body: NewPacket, key: ApiKey = Depends(access.needs("writer"))):
    # With a zone: asyncpg refuses it for a column that has none.
    now = datetime.now(timezone.utc)
    packet = Packet(tenant_id=key.tenant_id, context_json=json.dumps(body.context), created_at=now)
    async with database.session() as open_session:
        open_session.add(packet)
        await open_session.commit()
    event = {"type": "packet.created", "packet_id": packet.id}
    await events.publish(event)
    await webhooks.dispatch(key.tenant_id, event)
    return {"id": packet.id, "status": "created"}


@app.get("/api/v1/packets/{packet_id}")
async def get_packet(packet_id: str, key: ApiKey = Depends(access.needs("reader"))):
    async with database.session() as open_session:
        packet = await open_session.get(Packet, packet_id)
    if not packet or packet.tenant_id != key.tenant_id:
        raise HTTPException(404, "Packet not found")
    return {"id": packet.id, "status": packet.status, "context": json.loads(packet.context_json)}


class NewKey(BaseModel):
    name: str
    role: str = Field("writer", pattern="reader|writer|admin")


@app.post("/api/v1/keys", status_code=201)
async def create_key(body: NewKey, key: ApiKey = Depends(access.needs("admin"))):
    return await add(*access.new_key(name=body.name, role=body.role, tenant_id=key.tenant_id))


@app.post("/api/v1/keys/{key_id}/rotate", status_code=201)
async def rotate_key(key_id: str, _: ApiKey = Depends(access.needs("admin"))):
    async with database.session() as open_session:
        old = await open_session.get(ApiKey, key_id)
        if not old:
            raise HTTPException(404, "API key not found")
        if old.revoked:
            raise HTTPException(409, "API key is already revoked")
        old.revoked = True
        await open_session.commit()
    same = {"name": f"{old.name} (rotated)", "role": old.role, "tier": old.tier, "tenant_id": old.tenant_id}
    return await add(*access.new_key(**same, rotated_from=old.id))


async def add(plain: str, row: ApiKey) -> dict:
    """The key itself is told this once."""
    async with database.session() as open_session:
        open_session.add(row)
        await open_session.commit()
    return {"id": row.id, "name": row.name, "role": row.role, "key": plain}


class NewHook(BaseModel):
    url: str
    secret: str = Field(min_length=16)


@app.post("/api/v1/hooks", status_code=201)
async def create_hook(body: NewHook, key: ApiKey = Depends(access.needs("writer"))):
    if await asyncio.to_thread(webhooks.is_private, body.url):
        raise HTTPException(400, "URL points to a private or internal network")
    hook = Webhook(url=body.url, secret=body.secret, tenant_id=key.tenant_id)
    async with database.session() as open_session:
        open_session.add(hook)
        await open_session.commit()
    return {"id": hook.id, "url": hook.url}


@app.post("/api/v1/hooks/dlq/retry-all")
async def retry_hooks(_: ApiKey = Depends(access.needs("admin"))):
    return await webhooks.retry_all()


@app.get("/api/v1/system/health")
async def system_health(_: ApiKey = Depends(access.needs("admin"))):
    async with database.session() as open_session:
        count = (await open_session.execute(select(ApiKey))).scalars().all()
    return {"status": "ok", "keys": len(count), "redis": events.redis is not None}
