"""The HTTP side: routes, their status codes, and what start and stop mean."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated

import psycopg
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from itsdangerous import BadSignature, TimestampSigner
from pydantic import BaseModel, StringConstraints, TypeAdapter
from redis.exceptions import RedisError

from .cache import Cache, connect
from .logs import AccessLog
from .settings import Settings
from .store import Note, Store

log = logging.getLogger(__name__)

# Kubernetes gives a probe one second unless told otherwise; answer within it.
READY_SECONDS = 0.8

VISIT_COOKIE = "notes_visit"
VISIT_SECONDS = 24 * 60 * 60

notes_json = TypeAdapter(list[Note])


class NewNote(BaseModel):
    # Postgres has no NUL in its text.
    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]*$"),
    ]


NoteId = Annotated[int, Path(ge=1, le=2**63 - 1)]


def create_app(settings: Settings) -> FastAPI:
    store = Store(settings.database_url)
    cache = Cache(connect(settings.redis_url))
    visit_signer = TimestampSigner(settings.session_secret, salt="visit")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await store.open()
        # In the background: a Postgres that is late makes the pod not ready, not restarted.
        schema = asyncio.create_task(store.create_schema_when_reachable())
        yield
        schema.cancel()
        await store.close()
        await cache.close()

    app = FastAPI(
        title="notes",
        version=settings.version,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(AccessLog)
    app.add_exception_handler(RequestValidationError, _invalid)
    for unavailable in (psycopg.OperationalError, RedisError, TimeoutError):
        app.add_exception_handler(unavailable, _unavailable)

    @app.get("/healthz", include_in_schema=False)
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def ready() -> JSONResponse:
        postgres, redis = await asyncio.gather(_state(store.ping()), _state(cache.ping()))
        if postgres == "ok" and not store.has_schema:
            postgres = "no schema yet"
        is_ready = postgres == redis == "ok"
        return JSONResponse(
            {"status": "ready" if is_ready else "not ready", "postgres": postgres, "redis": redis},
            status_code=200 if is_ready else 503,
        )

    api = APIRouter(prefix="/api", dependencies=[Depends(_never_store)])

    @api.get("/notes", response_model=list[Note])
    async def list_notes() -> Response:
        try:
            generation, body = await cache.cached_list()
        except RedisError as error:
            log.warning("list served without cache: %s", error)
            return _notes(notes_json.dump_json(await store.list()), "bypass")
        if body is not None:
            return _notes(body, "hit")
        body = notes_json.dump_json(await store.list())
        try:
            await cache.keep_list(generation, body)
        except RedisError as error:
            log.warning("list not cached: %s", error)
        return _notes(body, "miss")

    @api.post("/notes", status_code=201)
    async def create_note(new: NewNote) -> Note:
        note = await store.create(new.text)
        await invalidate_list()
        return note

    @api.delete("/notes/{id}", status_code=204)
    async def delete_note(id: NoteId) -> None:
        deleted = await store.delete(id)
        await invalidate_list()
        if not deleted:
            raise HTTPException(404, "There is no such note.")

    async def invalidate_list() -> None:
        try:
            await cache.invalidate_list()
        except RedisError as error:
            # The note is written: an error would invite to write it twice.
            log.warning("cached list not invalidated, it ends by itself: %s", error)

    @api.get("/visits")
    async def visits() -> dict[str, int]:
        return {"visits": await cache.visits()}

    @api.post("/visits")
    async def visit(request: Request, response: Response) -> dict[str, int]:
        """Counts a browser once a day: the cookie says so, its signature that we said it."""
        try:
            visit_signer.unsign(request.cookies.get(VISIT_COOKIE, ""), max_age=VISIT_SECONDS)
            return {"visits": await cache.visits()}
        except BadSignature:
            count = await cache.count_visit()
        response.set_cookie(
            VISIT_COOKIE,
            visit_signer.sign("counted").decode(),
            max_age=VISIT_SECONDS,
            path="/api/visits",
            httponly=True,
            samesite="lax",
            # The ingress ends TLS and says so in X-Forwarded-Proto.
            secure=request.url.scheme == "https",
        )
        return {"visits": count}

    @api.get("/version")
    async def version() -> dict[str, str]:
        return {
            "version": settings.version,
            "environment": settings.environment,
            "pod": settings.pod,
        }

    app.include_router(api)
    return app


async def _never_store(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


def _notes(body: bytes, cache: str) -> Response:
    headers = {"Cache-Control": "no-store", "X-Cache": cache}
    return Response(body, media_type="application/json", headers=headers)


async def _state(ping: Coroutine[None, None, None]) -> str:
    task = asyncio.create_task(ping)
    # Not asyncio.timeout: it would wait for the cancelled ping, and psycopg's cancelling takes
    # many seconds when Postgres hangs.
    await asyncio.wait([task], timeout=READY_SECONDS)
    if not task.done():
        task.cancel()
        return "no answer in time"
    error = task.exception()
    return type(error).__name__ if error else "ok"


async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    # FastAPI's own answer repeats the input, which JSON cannot always carry (lone surrogates).
    reasons = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    return JSONResponse({"detail": "; ".join(reasons)}, status_code=422)


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
    log.error("backing service failed: %s: %s", type(error).__name__, error)
    return JSONResponse(
        {"detail": "The service is not available at the moment."},
        status_code=503,
        headers={"Retry-After": "2"},
    )
