"""Buckets, objects, and archives of many objects. An archive is made in the background, on the disk of the pod that was
asked; its state is in the cache, for every pod to read."""

import asyncio
import tempfile
import uuid
import zipfile
from pathlib import Path

from fastapi import APIRouter, Depends, File, HTTPException, Request, Response, UploadFile
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask
from pydantic import BaseModel

from app import tokens

router = APIRouter(prefix="/api/v1/buckets", dependencies=[Depends(tokens.user)])

ARCHIVES = Path(tempfile.gettempdir()) / "zip_tasks"
ARCHIVES.mkdir(exist_ok=True)
MOST_OBJECTS = 50_000
STATE_SECONDS = 600


class Bucket(BaseModel):
    bucket: str


class Selection(BaseModel):
    keys: list[str] = []


@router.get("")
async def list_buckets(request: Request, response: Response):
    cache = request.app.state.cache
    listed = await cache.get("buckets")
    response.headers["X-Cache"] = "miss" if listed is None else "hit"
    if listed is None:
        answer = await request.app.state.store.call("list_buckets")
        listed = [{"name": bucket["Name"]} for bucket in answer.get("Buckets", [])]
        await cache.set("buckets", listed, request.app.state.settings.cache_s3_list_ttl)
    return {"buckets": listed}


@router.post("", status_code=201)
async def create_bucket(request: Request, body: Bucket):
    await request.app.state.store.call("create_bucket", Bucket=body.bucket)
    await request.app.state.cache.delete("buckets")
    return {"status": "created", "bucket": body.bucket}


@router.get("/{bucket}/objects")
async def list_objects(request: Request, bucket: str):
    answer = await request.app.state.store.call("list_objects_v2", Bucket=bucket)
    return {"objects": [{"key": item["Key"], "size": item["Size"]} for item in answer.get("Contents", [])]}


@router.post("/{bucket}/objects/download", status_code=202)
async def start_archive(request: Request, bucket: str, selection: Selection):
    if not 0 < len(selection.keys) <= MOST_OBJECTS:
        raise HTTPException(400, f"Provide 1 to {MOST_OBJECTS} keys")
    task = str(uuid.uuid4())
    state = {"status": "processing", "total": len(selection.keys), "path": str(ARCHIVES / f"{task}.zip")}
    await request.app.state.cache.set(f"zip_task:{task}", state, STATE_SECONDS)
    request.app.state.tasks[task] = state
    asyncio.ensure_future(_archive(request.app.state, task, bucket, selection.keys))
    return {"task_id": task, "status": "processing"}


async def _archive(application, task: str, bucket: str, keys: list[str]) -> None:
    state = application.tasks[task]
    try:
        with zipfile.ZipFile(state["path"], "w", zipfile.ZIP_DEFLATED) as archive:
            for key in keys:
                answer = await application.store.raw("get_object", Bucket=bucket, Key=key)
                archive.writestr(key, await asyncio.to_thread(answer["Body"].read))
        state["status"] = "ready"
    except Exception as error:
        state.update(status="failed", error=str(error))
    await application.cache.set(f"zip_task:{task}", state, STATE_SECONDS)


@router.get("/{bucket}/objects/download/{task}")
async def archive(request: Request, bucket: str, task: str):
    state = await request.app.state.cache.get(f"zip_task:{task}") or request.app.state.tasks.get(task)
    if not state:
        raise HTTPException(404, "Task not found")
    if state["status"] == "processing":
        return {"task_id": task, "status": "processing"}
    if state["status"] == "failed":
        raise HTTPException(500, state)
    if not Path(state["path"]).exists():
        raise HTTPException(500, "ZIP file not found on disk")
    return FileResponse(
        state["path"],
        media_type="application/zip",
        filename=f"{bucket}-objects.zip",
        background=BackgroundTask(_forget, request.app.state, task),
    )


async def _forget(application, task: str) -> None:
    """An archive is there to be fetched once."""
    (ARCHIVES / f"{task}.zip").unlink(missing_ok=True)
    application.tasks.pop(task, None)
    await application.cache.delete(f"zip_task:{task}")


@router.post("/{bucket}/objects/{key:path}", status_code=201)
async def upload(request: Request, bucket: str, key: str, file: UploadFile = File(...)):
    await request.app.state.store.call("put_object", Bucket=bucket, Key=key, Body=file.file)
    return {"status": "uploaded", "bucket": bucket, "key": key}


@router.get("/{bucket}/objects/{key:path}")
async def download(request: Request, bucket: str, key: str):
    answer = await request.app.state.store.call("get_object", Bucket=bucket, Key=key)
    return Response(await asyncio.to_thread(answer["Body"].read), media_type="application/octet-stream")
