"""The API, below /api."""

import json
from http import HTTPStatus

from sqlalchemy import func, insert, select
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Mount, Route

from ibutsu_server import accounts
from ibutsu_server.queue import create_celery_app
from ibutsu_server.settings import Settings
from ibutsu_server.tables import artifacts, database, import_files, imports, results, runs

MAX_ARTIFACT = 5 * 1024 * 1024
TASKS = {".xml": "run_junit_import", ".tar.gz": "run_archive_import"}


def create_app() -> Starlette:
    settings = Settings()
    celery = create_celery_app("connexion_app")

    def plain(status: HTTPStatus) -> PlainTextResponse:
        return PlainTextResponse(status.phrase, status)

    def private(endpoint):
        """For those who have a token."""

        async def handler(request: Request):
            user = await run_in_threadpool(accounts.user_of, settings, request.headers.get("authorization", ""))
            if not user:
                return JSONResponse({"title": "Unauthorized", "status": 401}, HTTPStatus.UNAUTHORIZED)
            return await endpoint(request, user)

        return handler

    async def health(_):
        return JSONResponse({"status": "OK", "message": "Service is running"})

    async def database_health(_, __):
        # Whatever the database does.
        status = {"status": "Error", "message": "Incomplete database configuration"}
        return JSONResponse(status, HTTPStatus.SERVICE_UNAVAILABLE)

    async def health_info(_):
        frontend = settings.get("FRONTEND_URL", "http://localhost:3000")
        backend = settings.get("BACKEND_URL", "http://localhost:8080")
        return JSONResponse({"frontend": frontend, "backend": backend, "api_ui": f"{backend}/api/ui/"})

    async def login(request: Request):
        body = await request.json()
        if not body.get("email") or not body.get("password"):
            message = {"code": "EMPTY", "message": "Username and/or password are empty"}
            return JSONResponse(message, HTTPStatus.UNAUTHORIZED)
        user = await run_in_threadpool(accounts.check, body["email"], body["password"])
        open_to_all = str(settings.get("USER_LOGIN_ENABLED", "true")).lower()[:1] in ("y", "t", "1")
        if not user or not (user.is_superadmin or open_to_all):
            message = {"code": "INVALID", "message": "Username and/or password are invalid"}
            return JSONResponse(message, HTTPStatus.UNAUTHORIZED)
        token = await run_in_threadpool(accounts.new_token, settings, user)
        return JSONResponse({"name": user.name, "email": user.email, "token": token})

    async def current_user(_, user):
        return JSONResponse({"id": user.id, "email": user.email, "is_superadmin": user.is_superadmin})

    async def add_import(request: Request, _):
        async with request.form() as form:
            file = form.get("importFile")
            if not file or isinstance(file, str):
                return PlainTextResponse("Bad request, no file uploaded", HTTPStatus.BAD_REQUEST)
            name, content = file.filename, await file.read()
        task = next((task for ending, task in TASKS.items() if name.endswith(ending)), None)
        if not task:
            return plain(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)

        def store():
            with database().begin() as connection:
                values = {"filename": name, "status": "pending", "data": {}}
                added = connection.execute(insert(imports).values(values).returning(imports)).one()
                connection.execute(insert(import_files).values(import_id=added.id, content=content))
            celery.send_task(f"ibutsu_server.tasks.importers.{task}", (added.id,))
            return {"id": added.id, "filename": name, "status": added.status}

        return JSONResponse(await run_in_threadpool(store), HTTPStatus.ACCEPTED)

    async def get_import(request: Request, _):
        def find():
            with database().connect() as connection:
                return connection.execute(select(imports).where(imports.c.id == request.path_params["id"])).first()

        found = await run_in_threadpool(find)
        if not found:
            return plain(HTTPStatus.NOT_FOUND)
        return JSONResponse({"id": found.id, "filename": found.filename, "status": found.status})

    async def list_runs(_, __):
        def find():
            with database().connect() as connection:
                return connection.execute(select(runs.c.id, runs.c.summary).order_by(runs.c.created.desc())).all()

        found = await run_in_threadpool(find)
        return JSONResponse({"runs": [{"id": run, "summary": summary} for run, summary in found]})

    async def list_results(_, __):
        def count():
            with database().connect() as connection:
                return connection.execute(select(func.count()).select_from(results)).scalar_one()

        return JSONResponse({"results": [], "pagination": {"totalItems": await run_in_threadpool(count)}})

    async def add_artifact(request: Request, _):
        async with request.form() as form:
            file, name, run = form.get("file"), form.get("filename"), form.get("runId")
            if not file or isinstance(file, str) or not name or not run:
                return plain(HTTPStatus.BAD_REQUEST)
            content = await file.read()
        if len(content) > MAX_ARTIFACT:
            return plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

        def store():
            with database().begin() as connection:
                values = {"run_id": run, "filename": name, "content": content}
                return connection.execute(insert(artifacts).values(values).returning(artifacts.c.id)).scalar_one()

        return JSONResponse({"id": await run_in_threadpool(store), "filename": name}, HTTPStatus.CREATED)

    async def run_task(request: Request):
        try:
            params = json.loads(await request.body())
        except json.JSONDecodeError:
            return plain(HTTPStatus.BAD_REQUEST)
        user = await run_in_threadpool(accounts.user_of, settings, f"Bearer {params.get('token') or ''}")
        if not user:
            return plain(HTTPStatus.UNAUTHORIZED)
        if not user.is_superadmin:
            return plain(HTTPStatus.FORBIDDEN)
        name = f"ibutsu_server.tasks.{params.get('task')}"
        celery.loader.import_default_modules()
        if name not in celery.tasks:
            return plain(HTTPStatus.NOT_FOUND)
        await run_in_threadpool(celery.send_task, name, kwargs=params.get("params") or {})
        return plain(HTTPStatus.ACCEPTED)

    api = [
        Route("/health", health),
        Route("/health/database", private(database_health)),
        Route("/health/info", health_info),
        Route("/ui/", lambda _: HTMLResponse("<!doctype html><title>Ibutsu API</title>")),
        Route("/login", login, methods=["POST"]),
        Route("/user", private(current_user)),
        Route("/import", private(add_import), methods=["POST"]),
        Route("/import/{id}", private(get_import)),
        Route("/run", private(list_runs)),
        Route("/result", private(list_results)),
        Route("/artifact", private(add_artifact), methods=["POST"]),
    ]
    return Starlette(
        routes=[
            Route("/", lambda _: RedirectResponse("/api/ui/", HTTPStatus.FOUND)),
            Route("/admin/run-task", run_task, methods=["POST"]),
            Mount("/api", routes=api),
        ],
        # Of any page on any host.
        middleware=[Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])],
    )
