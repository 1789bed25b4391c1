"""What is old goes, in the order of what hangs on what."""

from datetime import datetime, timedelta, timezone

from celery import shared_task

from ibutsu_server.tables import artifacts, database, import_files, results, runs


def prune(table, days: int) -> int:
    with database().begin() as connection:
        before = datetime.now(timezone.utc) - timedelta(days=days)
        return connection.execute(table.delete().where(table.c.created < before)).rowcount


@shared_task(name="ibutsu_server.tasks.db.prune_old_import_files")
def prune_old_import_files(days: int) -> int:
    return prune(import_files, days)


@shared_task(name="ibutsu_server.tasks.db.prune_old_files")
def prune_old_files(months: int) -> int:
    return prune(artifacts, 30 * months)


@shared_task(name="ibutsu_server.tasks.db.prune_old_results")
def prune_old_results(months: int) -> int:
    return prune(results, 30 * months)


@shared_task(name="ibutsu_server.tasks.db.prune_old_runs")
def prune_old_runs(months: int) -> int:
    return prune(runs, 30 * months)
