"""Runs that nobody ended."""

from celery import shared_task
from sqlalchemy import func, select

from ibutsu_server.tables import database, results, runs


@shared_task(name="ibutsu_server.tasks.runs.sync_aborted_runs")
def sync_aborted_runs() -> int:
    """Counts anew what has come in for them; says for how many."""
    with database().begin() as connection:
        counted = connection.execute(
            select(runs.c.id, runs.c.summary, func.count(results.c.id))
            .join(results, isouter=True)
            .group_by(runs.c.id)
        ).all()
        wrong = [(run, {**summary, "tests": tests}) for run, summary, tests in counted if summary["tests"] != tests]
        for run, summary in wrong:
            connection.execute(runs.update().where(runs.c.id == run).values(summary=summary))
        return len(wrong)
