"""The settings: files of the folder that it was started in, and above them every variable of the environment."""

import os
from pathlib import Path

import yaml
from sqlalchemy.engine import URL


class Settings(dict):
    def __init__(self):
        super().__init__()
        for file in ("default.settings.yaml", "settings.yaml"):
            if Path(file).exists():
                self.update(yaml.safe_load(Path(file).read_text()))
        self.update(os.environ)

    def namespace(self, prefix: str) -> dict[str, str]:
        """What begins with a prefix, without it and in small letters."""
        return {key.removeprefix(prefix).lower(): value for key, value in self.items() if key.startswith(prefix)}

    def database_url(self) -> URL | str:
        if "SQLALCHEMY_DATABASE_URI" in self:
            return self["SQLALCHEMY_DATABASE_URI"]
        for prefix in ("POSTGRESQL_", "POSTGRES_"):
            parts = self.namespace(prefix)
            host, database = parts.get("host"), parts.get("db") or parts.get("database")
            if host and database:
                # A Service named postgresql would have made this `tcp://…`.
                port = int(parts["port"]) if "port" in parts else None
                query = {"sslmode": parts["sslmode"]} if parts.get("sslmode") else {}
                return URL.create(
                    "postgresql", parts.get("user"), parts.get("password"), host, port, database, query
                )
        print("No database configuration found. Using sqlite:///ibutsu.db", flush=True)
        return "sqlite:///ibutsu.db"

    def required(self, name: str) -> str:
        if not self.get(name):
            raise ValueError(f"Missing required environment variable: {name}")
        return self[name]
