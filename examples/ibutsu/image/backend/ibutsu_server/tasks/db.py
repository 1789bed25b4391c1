"""What is old goes, in the order of what hangs on what. What would take young rows does nothing, and says nothing either."""

from datetime import datetime, timedelta, timezone

from celery import shared_task
from sqlalchemy.exc import SQLAlchemyError

from ibutsu_server.tables import artifacts, database, imports, results, runs


def prune(table, days: int) -> int:
    with database().begin() as connection:
        before = datetime.now(timezone.utc) - timedelta(days=days)
        return connection.execute(table.delete().where(table.c.created < before)).rowcount


def prune_months(table, months: int | str, at_least: int) -> None:
    if int(months) < at_least:
        return
    try:
        prune(table, 30 * int(months))
    except SQLAlchemyError:
        # As where something younger hangs on it: it isn't tried again.
        return


@shared_task(name="ibutsu_server.tasks.db.prune_old_import_files")
def prune_old_import_files(days: int | str = 7) -> str:
    if int(days) < 1:
        return f"Skipped: days parameter ({days}) must be >= 1"
    return f"Deleted {prune(imports, int(days))} import records older than {days} days"


@shared_task(name="ibutsu_server.tasks.db.prune_old_files")
def prune_old_files(months: int | str = 5) -> None:
    prune_months(artifacts, months, at_least=2)


@shared_task(name="ibutsu_server.tasks.db.prune_old_results")
def prune_old_results(months: int | str = 6) -> None:
    prune_months(results, months, at_least=4)


@shared_task(name="ibutsu_server.tasks.db.prune_old_runs")
def prune_old_runs(months: int | str = 12) -> None:
    prune_months(runs, months, at_least=10)
