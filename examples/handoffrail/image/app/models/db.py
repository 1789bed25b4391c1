"""The tables. Times have no zone."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Boolean, DateTime, Integer, String, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


def identity() -> Mapped[str]:
    return mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))


def now() -> Mapped[datetime]:
    return mapped_column(DateTime, nullable=False, server_default=func.now())


class Packet(Base):
    __tablename__ = "packets"
    id: Mapped[str] = identity()
    status: Mapped[str] = mapped_column(String(32), default="created")
    tenant_id: Mapped[str] = mapped_column(String(36), default="default")
    context_json: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = now()


class ApiKey(Base):
    __tablename__ = "api_keys"
    id: Mapped[str] = identity()
    name: Mapped[str] = mapped_column(String(128))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    key_prefix: Mapped[str] = mapped_column(String(16))
    tenant_id: Mapped[str] = mapped_column(String(36), default="default")
    tier: Mapped[str] = mapped_column(String(32), default="free")
    role: Mapped[str] = mapped_column(String(32), default="admin")
    admin: Mapped[bool] = mapped_column(Boolean, default=False)
    revoked: Mapped[bool] = mapped_column(Boolean, default=False)
    rotated_from: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = now()


class Tenant(Base):
    __tablename__ = "tenants"
    id: Mapped[str] = identity()
    name: Mapped[str] = mapped_column(String(128), unique=True)
    tier: Mapped[str] = mapped_column(String(32), default="free", server_default="free")
    handoffs_per_day: Mapped[int] = mapped_column(Integer, default=5, server_default="5")
    max_api_keys: Mapped[int] = mapped_column(Integer, default=5, server_default="5")
    created_at: Mapped[datetime] = now()


class Webhook(Base):
    __tablename__ = "webhooks"
    id: Mapped[str] = identity()
    url: Mapped[str] = mapped_column(String(2048))
    secret: Mapped[str] = mapped_column(String(128))
    tenant_id: Mapped[str] = mapped_column(String(36), default="default")
    created_at: Mapped[datetime] = now()


class WebhookDelivery(Base):
    __tablename__ = "webhook_deliveries"
    id: Mapped[str] = identity()
    webhook_id: Mapped[str] = mapped_column(String(36))
    payload_json: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(32), default="pending")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = now()
