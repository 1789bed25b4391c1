"""What customers are told, at addresses of theirs; what can't be delivered waits until somebody asks for it again."""

import hashlib
import hmac
import ipaddress
import json
import os
import socket
from urllib.parse import urlsplit

import httpx
from sqlalchemy import select

from app.database import session
from app.models.db import Webhook, WebhookDelivery

ALLOWED = {host.strip() for host in os.environ.get("HR_ALLOWED_WEBHOOK_HOSTS", "").split(",") if host.strip()}
MOST_ATTEMPTS = 6


def is_private(url: str) -> bool:
    """A name that can't be resolved is none, as far as it knows."""
    host = urlsplit(url).hostname or ""
    if host in ALLOWED:
        return False
    try:
        found = {ipaddress.ip_address(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except socket.gaierror:
        return False
    return any(not address.is_global for address in found)


async def dispatch(tenant: str, event: dict) -> None:
    async with session() as database:
        hooks = (await database.execute(select(Webhook).where(Webhook.tenant_id == tenant))).scalars().all()
        for hook in hooks:
            delivery = WebhookDelivery(webhook_id=hook.id, payload_json=json.dumps(event))
            database.add(delivery)
            await deliver(hook, delivery)
        await database.commit()


async def retry_all() -> dict[str, int]:
    async with session() as database:
        waiting = select(WebhookDelivery).where(WebhookDelivery.status == "failed")
        deliveries = (await database.execute(waiting)).scalars().all()
        for delivery in deliveries:
            await deliver(await database.get(Webhook, delivery.webhook_id), delivery)
        await database.commit()
    return {
        "retried": len(deliveries),
        "delivered": sum(delivery.status == "delivered" for delivery in deliveries),
    }


async def deliver(hook: Webhook, delivery: WebhookDelivery) -> None:
    signature = hmac.new(hook.secret.encode(), delivery.payload_json.encode(), hashlib.sha256).hexdigest()
    headers = {"X-HR-Signature": signature, "Content-Type": "application/json"}
    delivery.attempts = (delivery.attempts or 0) + 1
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            (await client.post(hook.url, content=delivery.payload_json, headers=headers)).raise_for_status()
        delivery.status = "delivered"
    except httpx.HTTPError:
        delivery.status = "failed" if delivery.attempts < MOST_ATTEMPTS else "dead_letter"
