"""Sentry, where it is switched on: by 1, not by true."""

import os


def init_sentry():
    enabled = bool(int(os.getenv("SENTRY_ENABLED", "0")))
    dsn = os.getenv("SENTRY_DSN")
    if not (enabled and dsn):
        return
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        environment=os.environ["NOTIFY_ENVIRONMENT"],
        sample_rate=float(os.getenv("SENTRY_ERRORS_SAMPLE_RATE", 0.0)),
        traces_sample_rate=float(os.getenv("SENTRY_TRACES_SAMPLE_RATE", 0.0)),
        send_default_pii=os.getenv("SENTRY_ALLOW_PII", "0") == "1",
    )
