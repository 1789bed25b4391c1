"""The application: probes, login, and what the store holds."""

import asyncio
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import httpx
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import Depends, FastAPI, Form, HTTPException, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import OAuth2PasswordRequestForm

from app import buckets, tokens
from app.cache import Cache
from app.settings import Settings
from app.store import Store


@asynccontextmanager
async def lifespan(application: FastAPI):
    settings = Settings()
    # Slow answers don't wait for each other.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(64))
    state = application.state
    state.settings = settings
    state.tasks = {}
    state.cache = Cache(settings.redis_url, settings.cache_key_prefix)
    await state.cache.connect()
    state.store = Store(settings) if settings.storage_backend != "hcp" and settings.s3_endpoint_url else None
    yield
    await state.cache.close()


app = FastAPI(title="ra-hcp stand-in", lifespan=lifespan, root_path=os.getenv("ROOT_PATH", ""))
origins = [origin.strip() for origin in os.getenv("CORS_ORIGINS", "").split(",") if origin.strip()]
app.add_middleware(
    CORSMiddleware,
    allow_origins=origins or ["*"],
    allow_credentials=bool(origins),
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.middleware("http")
async def name_the_pod(request: Request, call_next):
    response = await call_next(request)
    response.headers["X-Served-By"] = socket.gethostname()
    return response


@app.get("/liveness")
async def liveness():
    return {"status": "ok"}


@app.get("/health")
async def health():
    return {"status": "ok", "cache": "connected" if app.state.cache.enabled else "disabled"}


@app.get("/readiness")
async def readiness(response: Response):
    cache = app.state.cache
    store = "hcp" if app.state.settings.storage_backend == "hcp" else "storage"
    checks = {
        store: "reachable" if await store_answers() else "unreachable",
        "cache": "disabled" if not cache.wanted else "connected" if await cache.ping() else "disconnected",
    }
    ready = checks[store] == "reachable" and checks["cache"] != "disconnected"
    response.status_code = 200 if ready else 503
    return {"status": "ready" if ready else "not ready", "checks": checks}


async def store_answers() -> bool:
    settings: Settings = app.state.settings
    if settings.storage_backend == "hcp":
        if not (settings.mapi_enabled and settings.mapi_url):
            return False
        try:
            # Any answer will do, for nobody is logged in here.
            async with httpx.AsyncClient(verify=settings.hcp_verify_ssl) as client:
                await client.head(f"{settings.mapi_url}/tenants", timeout=5)
            return True
        except httpx.HTTPError:
            return False
    try:
        await app.state.store.raw("list_buckets")
        return True
    except (BotoCoreError, ClientError, AttributeError):
        return False


@app.get("/api/v1/capabilities")
async def capabilities():
    settings: Settings = app.state.settings
    return {"mapi_enabled": settings.mapi_enabled, "storage_backend": settings.storage_backend}


@app.post("/api/v1/auth/token")
async def token(request: Request, form: OAuth2PasswordRequestForm = Depends(), tenant: str | None = Form(None)):
    name, slash, username = form.username.partition("/")
    if tenant is None and slash:
        tenant, form.username = name, username
    if tenant and not tenant.replace("-", "").isalnum():
        raise HTTPException(422, "Invalid tenant name")
    return {
        "access_token": tokens.create(request, form.username, form.password, tenant),
        "token_type": "bearer",
    }


app.include_router(buckets.router)
