"""Tokens: the login always succeeds, for the credentials are the store's to judge; they travel in the token."""

from datetime import datetime, timedelta, timezone
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer

bearer = OAuth2PasswordBearer(tokenUrl="api/v1/auth/token")


def create(request: Request, username: str, password: str, tenant: str | None) -> str:
    settings = request.app.state.settings
    expires = datetime.now(timezone.utc) + timedelta(minutes=settings.api_token_expire_minutes)
    claims = {"sub": username, "pwd": password, "exp": expires, **({"tenant": tenant} if tenant else {})}
    return jwt.encode(claims, settings.api_secret_key, algorithm="HS256")


def user(request: Request, token: Annotated[str, Depends(bearer)]) -> str:
    try:
        return jwt.decode(token, request.app.state.settings.api_secret_key, algorithms=["HS256"])["sub"]
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, "Invalid token", {"WWW-Authenticate": "Bearer"}) from error
