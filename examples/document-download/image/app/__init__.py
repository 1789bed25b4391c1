"""Stand-in for document-download-frontend: the documented outside of it, made anew."""

import os

from flask import Flask, render_template_string
from flask_wtf.csrf import CSRFError
from gds_metrics import GDSMetrics

from app import headers, pages, tracing
from app.config import configuration
from app.timeouts import TookTooLong


def create_app():
    application = Flask("app")
    application.config.from_mapping(configuration(os.environ))
    application.logger.setLevel(os.getenv("NOTIFY_REQUEST_LOG_LEVEL", "INFO"))
    GDSMetrics().init_app(application)
    headers.init_app(application)
    tracing.init_app(application)
    pages.init_app(application)

    for code in (400, 401, 403, 404, 410, 429):
        application.register_error_handler(code, error_page)
    application.register_error_handler(CSRFError, lambda reason: (page("Sorry, there is a problem", str(reason)), 400))
    application.register_error_handler(TookTooLong, lambda error: (page("Sorry, there is a problem with the service"), 504))
    application.register_error_handler(Exception, unexpected)
    return application


def page(title, text=""):
    return render_template_string(
        "<!doctype html><html lang=en><title>{{ title }}</title><h1>{{ title }}</h1><p>{{ text }}</p>",
        title=title,
        text=text,
    )


def error_page(error):
    return page(error.name), error.code


def unexpected(error):
    from flask import current_app

    current_app.logger.exception(error)
    return page("Sorry, there is a problem with the service"), 500
