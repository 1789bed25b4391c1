"""How the server runs. The numbers are the documented ones; of the environment it takes the port and the timeout alone."""

import os

bind = f"0.0.0.0:{os.getenv('PORT', '8080')}"
workers = 10
worker_class = "eventlet"
worker_connections = 1000
keepalive = 90
timeout = int(os.getenv("HTTP_SERVE_TIMEOUT_SECONDS", 30))
control_socket_disable = True

# One JSON object a line.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "class": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(name)s %(levelname)s %(message)s",
        }
    },
    "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
    "root": {"level": "INFO", "handlers": ["stdout"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["stdout"], "propagate": False},
        "gunicorn.access": {"level": "CRITICAL", "propagate": False},
    },
}


def on_starting(server):
    server.log.info("Starting webapp %s", os.getenv("NOTIFY_APP_NAME"))
