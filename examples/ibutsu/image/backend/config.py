import os

# The class of workers that the command names has no use for GUNICORN_THREADS, nor the bind for PORT.
workers = int(os.environ.get("GUNICORN_PROCESSES", "1"))
forwarded_allow_ips = "*"
secure_scheme_headers = {"X-Forwarded-Proto": "https"}
