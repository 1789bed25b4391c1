"""Runs that nobody ended: their results are counted anew, by one worker at a time."""

from datetime import datetime, timedelta, timezone

from celery import shared_task
from redis import Redis
from redis.exceptions import LockError
from sqlalchemy import func, select

from ibutsu_server.settings import Settings
from ibutsu_server.tables import database, results, runs


@shared_task(name="ibutsu_server.tasks.runs.update_run")
def update_run(run_id: str) -> None:
    # Without a word where somebody else is at it.
    lock = Redis.from_url(Settings()["CELERY_BROKER_URL"]).lock(
        f"update-run-lock-{run_id}", timeout=300, blocking_timeout=1
    )
    try:
        with lock, database().begin() as connection:
            summary = connection.execute(select(runs.c.summary).where(runs.c.id == run_id)).scalar_one()
            tests = connection.execute(select(func.count()).where(results.c.run_id == run_id)).scalar_one()
            connection.execute(runs.update().where(runs.c.id == run_id).values(summary={**summary, "tests": tests}))
    except LockError:
        return


@shared_task(name="ibutsu_server.tasks.runs.sync_aborted_runs")
def sync_aborted_runs() -> None:
    recent = datetime.now(timezone.utc) - timedelta(hours=3)
    with database().connect() as connection:
        counted = connection.execute(
            select(runs.c.id, runs.c.summary, func.count(results.c.id))
            .join(results, isouter=True)
            .where(runs.c.created > recent)
            .group_by(runs.c.id)
        ).all()
    for run, summary, tests in counted:
        if summary["tests"] != tests:
            update_run.apply_async((run,), countdown=5)
