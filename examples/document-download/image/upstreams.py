"""Stubs of the two APIs behind document-download-frontend, over https: `python upstreams.py notify|documents`.

Notify API knows every service whose id doesn't begin with 0, and answers only to a token that is signed with
ADMIN_CLIENT_SECRET. Document Download API tells documents apart by their key: `open`, `protected` (for
recipient@example.com alone), `expired`, `slow` and `hanging`, which is slower than the front end waits; any other is wrong.
"""

import json
import os
import re
import signal
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import parse_qs, urlsplit

import jwt

PORT = 8443
ATTEMPTS = 10
SECONDS = {"slow": 25, "hanging": 40}


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/_status":
            return self.answer(200, {"status": "ok"})
        self.get(urlsplit(self.path))

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *args):
        trace = self.headers.get("X-B3-TraceId") if self.headers else None
        print(json.dumps({"request": self.requestline, "trace": trace, "status": args[1]}), flush=True)


class NotifyApi(Api):
    def get(self, url):
        service = re.fullmatch(r"/service/([0-9a-f-]{36})", url.path)
        if not service:
            return self.answer(404, {"result": "error", "message": "No such address"})
        try:
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            claims = jwt.decode(token, os.environ["ADMIN_CLIENT_SECRET"], algorithms=["HS256"])
            if claims["iss"] != "notify-admin" or abs(time.time() - claims["iat"]) > 30:
                raise jwt.InvalidTokenError
        except (jwt.InvalidTokenError, KeyError):
            return self.answer(401, {"result": "error", "message": "Unauthorized, authentication token must be provided"})
        if service[1].startswith("0"):
            return self.answer(404, {"result": "error", "message": "No result found"})
        self.answer(200, {"data": {"id": service[1], "name": "Sample service", "contact_link": "help@example.com"}})


class DocumentsApi(Api):
    attempts: dict[str, int] = {}
    lock = Lock()

    def get(self, url):
        match = re.fullmatch(r"/services/([0-9a-f-]{36})/documents/([0-9a-f-]{36})/check", url.path)
        key = parse_qs(url.query).get("key", [""])[0]
        if not match or key not in ("open", "protected", "expired", *SECONDS):
            return self.answer(404 if not match else 403, {"error": "Forbidden"})
        if key == "expired":
            return self.answer(410, {"error": "This file is no longer available"})
        time.sleep(SECONDS.get(key, 0))
        self.answer(200, {"document": {
            "direct_file_url": self.direct(match, key),
            "confirm_email": key == "protected",
            "size_in_bytes": 1024,
            "file_extension": "pdf",
            "available_until": None,
        }})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        match = re.fullmatch(r"/services/([0-9a-f-]{36})/documents/([0-9a-f-]{36})/authenticate", self.path)
        if not match:
            return self.answer(404, {"error": "No such address"})
        # Counted here, once for all instances of the front end.
        with self.lock:
            self.attempts[match[2]] = self.attempts.get(match[2], 0) + 1
            limited = self.attempts[match[2]] > ATTEMPTS
        if limited:
            return self.answer(429, {"error": "Too many attempts"})
        if (body.get("key"), body.get("email_address")) != ("protected", "recipient@example.com"):
            return self.answer(403, {"error": "Forbidden"})
        self.answer(200, {"signed_data": "signed", "direct_file_url": self.direct(match, "protected")})

    def direct(self, match, key):
        host = os.environ["DOCUMENT_DOWNLOAD_API_HOST_NAME"]
        return f"{host}/services/{match[1]}/documents/{match[2]}.pdf?key={key}"


def main():
    handler = {"notify": NotifyApi, "documents": DocumentsApi}[sys.argv[1]]
    needed = {"notify": "ADMIN_CLIENT_SECRET", "documents": "DOCUMENT_DOWNLOAD_API_HOST_NAME"}[sys.argv[1]]
    if not os.environ.get(needed):
        sys.exit(f"{needed} is missing")
    server = ThreadingHTTPServer(("0.0.0.0", PORT), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificates = os.environ.get("CERTIFICATES", "/etc/upstreams")
    context.load_cert_chain(f"{certificates}/server.pem", f"{certificates}/server.key")
    # Each connection shakes hands in its own thread: a probe that only connects would stop all others.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    # As the first process of a container it would ignore the signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.serve_forever()


if __name__ == "__main__":
    main()
