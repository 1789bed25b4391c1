"""An object store in memory. Every request must be signed (AWS Signature Version 4) with the one key pair it knows:
S3_ACCESS_KEY and S3_SECRET_KEY. A listing of the bucket `slow` takes SLOW_SECONDS; with a bucket `stuck`, so does that of
all buckets."""

import hashlib
import hmac
import os
import re
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

ACCESS_KEY = os.environ.get("S3_ACCESS_KEY", "")
SECRET_KEY = os.environ.get("S3_SECRET_KEY", "")
SLOW_SECONDS = 45
PORT = 9000

buckets: dict[str, dict[str, bytes]] = {}


def hmac_sha256(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        if url.path == "/-/healthy":
            return self.answer(200, b"")
        if not self.signed(url, body):
            return self.error(403, "SignatureDoesNotMatch")
        bucket, _, key = unquote(url.path).lstrip("/").partition("/")
        self.operate(self.command, bucket, key, body)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_request

    def signed(self, url, body: bytes) -> bool:
        pattern = r"AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})"
        match = re.fullmatch(pattern, self.headers.get("Authorization", ""))
        if not match or match[1] != ACCESS_KEY:
            return False
        _, scope, names, signature = match.groups()
        payload = self.headers.get("x-amz-content-sha256", "")
        if payload != "UNSIGNED-PAYLOAD" and payload != hashlib.sha256(body).hexdigest():
            return False
        query = "&".join(
            f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
            for name, value in sorted(parse_qsl(url.query, keep_blank_values=True))
        )
        headers = "".join(f"{name}:{' '.join(self.headers.get(name, '').split())}\n" for name in names.split(";"))
        request = "\n".join([self.command, url.path, query, headers, names, payload])
        date, region, service, ending = scope.split("/")
        text = "\n".join(
            ["AWS4-HMAC-SHA256", self.headers.get("x-amz-date", ""), scope, hashlib.sha256(request.encode()).hexdigest()]
        )
        key = f"AWS4{SECRET_KEY}".encode()
        for part in (date, region, service, ending):
            key = hmac_sha256(key, part)
        return hmac.compare_digest(hmac_sha256(key, text).hex(), signature)

    def operate(self, command: str, bucket: str, key: str, body: bytes):
        if bucket == "":
            if "stuck" in buckets:
                time.sleep(SLOW_SECONDS)
            names = "".join(f"<Bucket><Name>{escape(name)}</Name></Bucket>" for name in buckets)
            return self.xml(f"<ListAllMyBucketsResult><Buckets>{names}</Buckets></ListAllMyBucketsResult>")
        if key == "" and command == "PUT":
            buckets.setdefault(bucket, {})
            return self.answer(200, b"")
        if bucket not in buckets:
            return self.error(404, "NoSuchBucket")
        objects = buckets[bucket]
        if key == "":
            if bucket == "slow":
                time.sleep(SLOW_SECONDS)
            entries = "".join(
                f"<Contents><Key>{escape(name)}</Key><Size>{len(content)}</Size></Contents>"
                for name, content in objects.items()
            )
            return self.xml(f"<ListBucketResult><Name>{escape(bucket)}</Name>{entries}</ListBucketResult>")
        if command == "PUT":
            objects[key] = body
            return self.answer(200, b"")
        if key not in objects:
            return self.error(404, "NoSuchKey")
        if command == "DELETE":
            del objects[key]
            return self.answer(204, b"")
        self.answer(200, objects[key])

    def xml(self, text: str):
        self.answer(200, f'<?xml version="1.0"?>{text}'.encode(), "application/xml")

    def error(self, status: int, code: str):
        self.answer(status, f"<Error><Code>{code}</Code></Error>".encode(), "application/xml")

    def answer(self, status: int, content: bytes, kind: str = "application/octet-stream"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.md5(content).hexdigest()}"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format, *args):
        if self.path != "/-/healthy":
            super().log_message(format, *args)


if __name__ == "__main__":
    if not (ACCESS_KEY and SECRET_KEY):
        sys.exit("S3_ACCESS_KEY and S3_SECRET_KEY are needed")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("0.0.0.0", PORT), Handler).serve_forever()
