"""The object store: any that speaks S3. What boto3 blocks on runs in threads."""

import asyncio
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import HTTPException

from app.settings import Settings


class Store:
    def __init__(self, settings: Settings):
        self._client = boto3.client(
            "s3",
            endpoint_url=settings.s3_endpoint_url,
            region_name=settings.s3_region,
            aws_access_key_id=settings.s3_access_key,
            aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
            verify=settings.s3_verify_ssl,
            config=Config(
                s3={"addressing_style": settings.s3_addressing_style},
                connect_timeout=5,
                read_timeout=settings.hcp_timeout,
                max_pool_connections=64,
                retries={"total_max_attempts": 1},
                request_checksum_calculation="when_required",
            ),
        )

    async def call(self, operation: str, **arguments: Any) -> dict:
        """One operation; the store's errors as those of this API."""
        try:
            return await self.raw(operation, **arguments)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise HTTPException(status if status in (403, 404, 409) else 502, str(error)) from error
        except BotoCoreError as error:
            raise HTTPException(502, f"The store is unreachable: {type(error).__name__}") from error

    async def raw(self, operation: str, **arguments: Any) -> dict:
        return await asyncio.to_thread(getattr(self._client, operation), **arguments)
