"""The settings, out of the environment. What is malformed ends the start; what is missing shows in the readiness."""

from typing import Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    hcp_domain: str = ""
    hcp_host: str = ""
    hcp_port: int = 9090
    hcp_auth_type: Literal["hcp", "ad"] = "hcp"
    hcp_verify_ssl: bool = False
    hcp_timeout: int = 60

    api_secret_key: str = "change-me-in-production"
    api_token_expire_minutes: int = 480
    # A list with commas; empty allows every origin.
    cors_origins: str = ""
    root_path: str = ""

    redis_url: str = ""
    cache_default_ttl: int = 300
    cache_stats_ttl: int = 60
    cache_config_ttl: int = 600
    cache_s3_list_ttl: int = 120
    cache_s3_meta_ttl: int = 300
    cache_query_object_ttl: int = 60
    cache_query_operation_ttl: int = 120
    cache_key_prefix: str = "hcp"

    mapi_enabled: bool = True
    storage_backend: Literal["hcp", "minio", "generic"] = "hcp"
    s3_endpoint_url: str = ""
    s3_region: str = "us-east-1"
    s3_verify_ssl: bool = False
    s3_addressing_style: Literal["auto", "path", "virtual"] = "auto"
    s3_access_key: str = ""
    s3_secret_key: SecretStr = SecretStr("")

    @property
    def mapi_url(self) -> str:
        host = self.hcp_host or (f"admin.{self.hcp_domain}" if self.hcp_domain else "")
        return f"https://{host}:{self.hcp_port}/mapi" if host else ""
