"""Runs and their results, out of JUnit's XML; alone, or many of them in an archive."""

import io
import tarfile
from xml.etree import ElementTree

from celery import shared_task
from sqlalchemy import insert, select

from ibutsu_server.tables import database, import_files, imports, results, runs


@shared_task(name="ibutsu_server.tasks.importers.run_junit_import")
def run_junit_import(import_id: str) -> None:
    read(import_id, lambda content: [content])


@shared_task(name="ibutsu_server.tasks.importers.run_archive_import")
def run_archive_import(import_id: str) -> None:
    read(import_id, members)


def members(content: bytes) -> list[bytes]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        return [archive.extractfile(member).read() for member in archive if member.name.endswith(".xml")]


def read(import_id: str, documents) -> None:
    set_status(import_id, "running")
    try:
        with database().begin() as connection:
            content = connection.execute(
                select(import_files.c.content).where(import_files.c.import_id == import_id)
            ).scalar_one()
            for document in documents(bytes(content)):
                add(connection, document)
    except Exception:
        set_status(import_id, "error")
        raise
    set_status(import_id, "done")


def set_status(import_id: str, status: str) -> None:
    with database().begin() as connection:
        connection.execute(imports.update().where(imports.c.id == import_id).values(status=status))


def add(connection, document: bytes) -> None:
    cases = list(ElementTree.fromstring(document).iter("testcase"))
    outcomes = [outcome(case) for case in cases]
    summary = {result: outcomes.count(result) for result in ("failed", "error", "skipped")} | {"tests": len(cases)}
    run = connection.execute(insert(runs).values(summary=summary).returning(runs.c.id)).scalar_one()
    rows = [
        {"run_id": run, "test_id": case.get("name"), "result": result, "duration": float(case.get("time", 0))}
        for case, result in zip(cases, outcomes)
    ]
    if rows:
        connection.execute(insert(results), rows)


def outcome(case: ElementTree.Element) -> str:
    for tag, result in (("failure", "failed"), ("error", "error"), ("skipped", "skipped")):
        if case.find(tag) is not None:
            return result
    return "passed"
