"""Zipkin's headers: those of a request go on to the APIs, and back with the answer."""

import secrets

from flask import g, request


def init_app(application):
    @application.before_request
    def take():
        g.trace_id = request.headers.get("X-B3-TraceId") or secrets.token_hex(16)
        g.span_id = request.headers.get("X-B3-SpanId") or secrets.token_hex(8)

    @application.after_request
    def give_back(response):
        response.headers["X-B3-TraceId"] = g.trace_id
        response.headers["X-B3-SpanId"] = g.span_id
        return response


def onwards():
    return {"X-B3-TraceId": g.trace_id, "X-B3-SpanId": secrets.token_hex(8), "X-B3-ParentSpanId": g.span_id}
