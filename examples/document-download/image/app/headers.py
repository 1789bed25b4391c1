"""The security headers: the application sends them itself, so a proxy must not."""

import secrets

from flask import g

HEADERS = {
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store, no-cache, private, must-revalidate",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "Server": "Cloudfront",
}


def init_app(application):
    application.before_request(lambda: setattr(g, "nonce", secrets.token_urlsafe(16)))

    @application.after_request
    def add(response):
        for name, value in HEADERS.items():
            response.headers[name] = value
        response.headers["Content-Security-Policy"] = f"default-src 'self';script-src 'self' 'nonce-{g.nonce}';"
        return response
