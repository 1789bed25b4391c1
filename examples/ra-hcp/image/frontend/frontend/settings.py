"""The settings, out of the environment; what is malformed ends the start."""

import os
import re
from dataclasses import dataclass


def bytes_of(text: str) -> float:
    """`512K`, `256M`, `1G`, a number of bytes, or `Infinity`."""
    if text == "Infinity":
        return float("inf")
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMG]?)", text)
    if not match:
        raise SystemExit(f"Invalid BODY_SIZE_LIMIT: '{text}'. Please provide a numeric value.")
    return float(match[1]) * 1024 ** " KMG".index(match[2] or " ")


def whole(name: str, default: str) -> int:
    text = os.environ.get(name, default)
    if not text.isdigit():
        raise SystemExit(f"Invalid {name}: '{text}'. Please provide a numeric value.")
    return int(text)


@dataclass(frozen=True)
class Settings:
    port: int
    backend: str
    origin: str
    protocol_header: str
    host_header: str
    body_limit: float
    idle_seconds: int
    secure_cookies: bool


def from_environment() -> Settings:
    env = os.environ.get
    return Settings(
        port=whole("PORT", "3000"),
        backend=env("BACKEND_URL", "http://127.0.0.1:8000"),
        origin=env("ORIGIN", ""),
        protocol_header=env("PROTOCOL_HEADER", ""),
        host_header=env("HOST_HEADER", ""),
        body_limit=bytes_of(env("BODY_SIZE_LIMIT", "512K")),
        idle_seconds=whole("IDLE_TIMEOUT", "10"),
        secure_cookies=env("COOKIE_SECURE", "") in ("", "true"),
    )
