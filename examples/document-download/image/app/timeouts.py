"""A request may take HTTP_SERVE_TIMEOUT_SECONDS."""

import os

from eventlet import Timeout


class TookTooLong(Exception):
    pass


class Timeouts:
    def __init__(self, wsgi_app):
        self.wsgi_app = wsgi_app
        self.seconds = int(os.getenv("HTTP_SERVE_TIMEOUT_SECONDS", 30))

    def __call__(self, environ, start_response):
        with Timeout(self.seconds, exception=TookTooLong):
            return self.wsgi_app(environ, start_response)
