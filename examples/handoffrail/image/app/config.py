"""The settings, out of variables that begin with HR_. What is malformed ends the start."""

from functools import cache
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="HR_", extra="ignore")

    environment: Literal["dev", "staging", "prod"] = "dev"
    # Used for a size in a report: the engine reads DATABASE_URL.
    database_url: str = "sqlite+aiosqlite:///./handoffrail.db"
    redis_url: str = "redis://localhost:6379/0"
    tier_default: str = "free"
    tier_quotas: dict[str, dict[str, int | bool]] = {}
    log_level: str = "info"
    # Moves nothing, but must be a number.
    port: int = 8080
    # A list in JSON; empty is no JSON.
    cors_origins: list[str] = ["*"]
    rate_limit_per_minute: int = 60
    rate_limit_tiers: dict[str, int] = {"free": 100, "pro": 1000, "business": 10000}
    batch_max_size: int = 50


@cache
def settings() -> Settings:
    return Settings()
