"""Events as they happen, by server-sent events or a web socket; whoever has no key may listen too."""

import asyncio
import json
from collections.abc import AsyncGenerator

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from app import events

router = APIRouter()
PING_SECONDS = 30


async def happenings() -> AsyncGenerator[dict, None]:
    queue: asyncio.Queue = asyncio.Queue()
    events.listeners.add(queue)
    try:
        yield {"type": "connected"}
        while True:
            try:
                yield await asyncio.wait_for(queue.get(), PING_SECONDS)
            except TimeoutError:
                yield {"type": "ping"}
    finally:
        events.listeners.discard(queue)


@router.get("/events")
async def server_sent(api_key: str | None = None):
    async def lines():
        async for event in happenings():
            yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


@router.websocket("/ws")
async def web_socket(socket: WebSocket, api_key: str | None = None):
    await socket.accept()

    async def send():
        async for event in happenings():
            await socket.send_json(event)

    sending = asyncio.create_task(send())
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        sending.cancel()
