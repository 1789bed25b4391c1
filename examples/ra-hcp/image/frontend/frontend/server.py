"""The server: pages, what they call (`/_app/remote/…`), and `/api`, which goes on to the backend with the session's token."""

import asyncio
import base64
import json
import socket
from html import escape

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from frontend.settings import Settings, from_environment

SESSION = "hcp_token"
EIGHT_HOURS = 8 * 60 * 60

SETTINGS: web.AppKey[Settings] = web.AppKey("settings", Settings)
CLIENT: web.AppKey[ClientSession] = web.AppKey("client", ClientSession)

routes = web.RouteTableDef()


def page(title: str, body: str = "") -> web.Response:
    html = f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>{body}"
    return web.Response(text=html, content_type="text/html")


@web.middleware
async def limits(request: web.Request, handler):
    """Too large a body is refused; too long a silence ends the connection without an answer."""
    settings = request.app[SETTINGS]
    if (request.content_length or 0) > settings.body_limit:
        return web.Response(status=413, text=f"Content-length exceeds limit of {settings.body_limit:.0f} bytes")
    try:
        return await asyncio.wait_for(handler(request), settings.idle_seconds or None)
    except asyncio.TimeoutError:
        if request.transport:
            request.transport.close()
        raise


def own_origin(request: web.Request) -> str | None:
    settings = request.app[SETTINGS]
    if settings.origin:
        return settings.origin
    if not settings.protocol_header:
        return None
    protocol = request.headers.get(settings.protocol_header, "http")
    host = request.headers.get(settings.host_header) if settings.host_header else None
    return f"{protocol}://{host or request.host}"


async def backend(request: web.Request, method: str, path: str, **more):
    token = request.cookies.get(SESSION)
    headers = {**more.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
    return await request.app[CLIENT].request(method, f"{request.app[SETTINGS].backend}{path}", headers=headers, **more)


@routes.get("/")
async def start(request: web.Request):
    raise web.HTTPFound("/namespaces" if SESSION in request.cookies else "/login")


@routes.get("/login")
async def login_page(_: web.Request):
    return page("Login", "<form method=post><input name=username><input name=password type=password><button>Login")


@routes.post("/login")
async def login(request: web.Request):
    form = await request.post()
    try:
        answer = await backend(request, "POST", "/api/v1/auth/token", data=dict(form))
        if answer.status != 200:
            return web.Response(status=401, text=await answer.text())
        token = (await answer.json())["access_token"]
    except ClientError:
        return web.Response(status=500, text="Unable to connect to backend service")
    response = web.HTTPSeeOther("/namespaces")
    secure = request.app[SETTINGS].secure_cookies
    for name in (SESSION, f"{SESSION}__{claims(token).get('tenant', '__sysadmin')}__{claims(token)['sub']}"):
        response.set_cookie(name, token, max_age=EIGHT_HOURS, path="/", httponly=True, samesite="Lax", secure=secure)
    return response


def claims(token: str) -> dict:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


@routes.get("/logout")
async def logout(_: web.Request):
    response = web.HTTPFound("/login")
    response.del_cookie(SESSION, path="/")
    return response


@routes.get("/namespaces")
async def namespaces(request: web.Request):
    if SESSION not in request.cookies:
        raise web.HTTPFound("/login")
    answer = await backend(request, "GET", "/api/v1/buckets")
    listed = (await answer.json()).get("buckets", [])
    return page("Buckets", "".join(f"<li>{escape(bucket['name'])}" for bucket in listed))


@routes.post("/_app/remote/{id}/createBucket")
async def create_bucket(request: web.Request):
    """What the pages do rather than show: from the own origin alone."""
    if request.headers.get("Origin") != own_origin(request):
        return web.json_response({"message": "Cross-site remote requests are forbidden"}, status=403)
    answer = await backend(request, "POST", "/api/v1/buckets", json=await request.json())
    return web.json_response(await answer.json(), status=answer.status)


@routes.post("/api/switch-tenant")
async def switch_tenant(request: web.Request):
    name = (await request.json()).get("cookieName", "")
    if not name.startswith(f"{SESSION}__"):
        return web.json_response({"error": "Invalid cookie name"}, status=400)
    if name not in request.cookies:
        return web.json_response({"error": "Session not found"}, status=404)
    response = web.json_response({"ok": True})
    response.set_cookie(SESSION, request.cookies[name], max_age=EIGHT_HOURS, path="/", httponly=True)
    return response


@routes.route("*", "/api/{path:.*}")
async def api(request: web.Request):
    """To the backend: with the token that the client sends, or that of its session."""
    kept = {name: request.headers[name] for name in ("Content-Type", "Authorization") if name in request.headers}
    token = request.cookies.get(SESSION)
    if token and "Authorization" not in kept:
        kept["Authorization"] = f"Bearer {token}"
    body = None if request.method in ("GET", "HEAD") else request.content
    try:
        answer = await request.app[CLIENT].request(
            request.method, f"{request.app[SETTINGS].backend}{request.rel_url}", headers=kept, data=body
        )
    except ClientError:
        return web.json_response({"detail": "Backend service unavailable"}, status=502)
    passed = ("Content-Type", "Content-Disposition", "X-Served-By", "X-Cache")
    headers = {name: answer.headers[name] for name in passed if name in answer.headers}
    return web.Response(status=answer.status, body=await answer.read(), headers=headers)


async def name_the_pod(_: web.Request, response: web.StreamResponse):
    response.headers["X-Front-End"] = socket.gethostname()


async def client(app: web.Application):
    app[CLIENT] = ClientSession(timeout=ClientTimeout(total=None))
    yield
    await app[CLIENT].close()


def main():
    settings = from_environment()
    app = web.Application(middlewares=[limits], client_max_size=2**40)
    app[SETTINGS] = settings
    app.add_routes(routes)
    app.on_response_prepare.append(name_the_pod)
    app.cleanup_ctx.append(client)
    print(f"[frontend] started, BACKEND_URL={settings.backend}", flush=True)
    web.run_app(app, host="0.0.0.0", port=settings.port, shutdown_timeout=2, print=None)
