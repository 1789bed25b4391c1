# What answers in the tests of traffic and scaling: it says who it is and what arrived, can stream and be busy. Nothing but Python's own library.

import base64
import hashlib
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = sys.argv[1]
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.split("?")[0]
        if path.endswith("/events"):
            return self.events()
        if path.endswith("/ws"):
            return self.websocket()
        if path.endswith("/slow"):
            time.sleep(float(self.path.split("?")[1]))
        if path.endswith("/burn"):
            end = time.thread_time() + float(self.path.split("?")[1])
            while time.thread_time() < end:
                pass
        self.tell({"headers": {key.lower(): value for key, value in self.headers.items()}})

    def do_POST(self):
        self.tell({"read": len(self.rfile.read(int(self.headers["content-length"])))})

    def tell(self, more):
        body = json.dumps({"name": NAME, "pod": os.environ["HOSTNAME"], "path": self.path, **more}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def events(self):
        self.close_connection = True
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for number in range(3):
            self.wfile.write(f"data: {number}\n\n".encode())
            self.wfile.flush()
            time.sleep(1)

    def websocket(self):
        """One text frame comes, and goes back in capitals. https://www.rfc-editor.org/rfc/rfc6455"""
        self.close_connection = True
        accept = hashlib.sha1((self.headers["sec-websocket-key"] + GUID).encode()).digest()
        self.send_response(101)
        self.send_header("upgrade", "websocket")
        self.send_header("connection", "Upgrade")
        self.send_header("sec-websocket-accept", base64.b64encode(accept).decode())
        self.end_headers()
        length = self.rfile.read(2)[1] & 127
        mask = self.rfile.read(4)
        text = bytes(byte ^ mask[index % 4] for index, byte in enumerate(self.rfile.read(length)))
        self.wfile.write(bytes([0x81, length]) + text.upper())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 64


# The first process of a container gets no signal that it hasn't asked for.
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
Server(("", 8000), Handler).serve_forever()
