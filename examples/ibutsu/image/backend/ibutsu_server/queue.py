"""Celery: the whole of it for worker and scheduler, and one that knows the queue alone for Flower."""

import os

from celery import Celery, signals
from celery.schedules import crontab

from ibutsu_server.accounts import add_superadmin
from ibutsu_server.settings import Settings
from ibutsu_server.tables import database

SYNC_SECONDS = 30 * 60

SCHEDULE = {
    "prune-old-import-files": ("db.prune_old_import_files", crontab(minute=0, hour=2), 7),
    "prune-old-artifact-files": ("db.prune_old_files", crontab(minute=0, hour=4, day_of_week=6), 3),
    "prune-old-results": ("db.prune_old_results", crontab(minute=0, hour=5, day_of_week=6), 5),
    "prune-old-runs": ("db.prune_old_runs", crontab(minute=0, hour=6, day_of_week=6), 12),
    "sync-aborted-runs": ("runs.sync_aborted_runs", SYNC_SECONDS, None),
}


def create_celery_app(name: str) -> Celery:
    settings = Settings()
    engine = database()
    # Whoever names a server in parts doesn't start without it; another way of naming it shows later.
    if "SQLALCHEMY_DATABASE_URI" not in settings and engine.dialect.name == "postgresql":
        engine.connect().close()
    celery = Celery(f"ibutsu_server_{name.removesuffix('_app')}")
    # Any key of Celery's may be set by a variable.
    keys = {key: value for key, value in settings.items() if key.startswith("CELERY_")}
    celery.config_from_object(
        {
            **keys,
            "CELERY_BROKER_URL": settings.required("CELERY_BROKER_URL"),
            "CELERY_RESULT_BACKEND": settings.required("CELERY_RESULT_BACKEND"),
            "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        },
        namespace="CELERY",
    )
    celery.set_default()
    celery.conf.include = ["ibutsu_server.tasks.db", "ibutsu_server.tasks.importers", "ibutsu_server.tasks.runs"]
    celery.conf.beat_schedule = {
        entry: {
            "task": f"ibutsu_server.tasks.{task}",
            "schedule": schedule,
            "args": () if age is None else (age,),
        }
        for entry, (task, schedule, age) in SCHEDULE.items()
    }
    # Whoever has these variables, and whatever else begins so.
    administrator = settings.namespace("IBUTSU_SUPERADMIN_")
    if administrator:
        add_superadmin(**administrator)
    return celery


@signals.worker_process_init.connect
def forget_connections(**_):
    """Those of the process that this one was forked from aren't its own."""
    database().dispose(close=False)


def create_flower_app() -> Celery:
    broker = os.environ.get("CELERY_BROKER_URL")
    if not broker:
        raise ValueError("CELERY_BROKER_URL environment variable must be set")
    celery = Celery("ibutsu_server_flower")
    celery.conf.update(broker_url=broker, result_backend=os.environ.get("CELERY_RESULT_BACKEND") or broker)
    return celery
