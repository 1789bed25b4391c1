"""Users and their tokens, and the administrator that the environment names."""

import time

import bcrypt
import jwt
from sqlalchemy import insert, inspect, select

from ibutsu_server.settings import Settings
from ibutsu_server.tables import database, tokens, users

ISSUER = "org.ibutsu-project.server"
MONTH = 2592000


def add_superadmin(*, name: str = "Ibutsu Admin", email: str, password: str | None = None, own_project: str | None = None):
    """Makes it where it isn't there. Without tables nobody is made, and nothing said."""
    if not inspect(database()).has_table("users"):
        return
    with database().begin() as connection:
        if connection.execute(select(users.c.id).where(users.c.email == email)).first():
            return
        connection.execute(
            insert(users).values(
                name=name,
                email=email,
                password=bcrypt.hashpw(password.encode(), bcrypt.gensalt()).decode() if password else None,
                is_active=True,
                is_superadmin=True,
            )
        )


def check(email: str, password: str):
    with database().connect() as connection:
        user = connection.execute(select(users).where(users.c.email == email)).first()
    return user if user and user.password and bcrypt.checkpw(password.encode(), user.password.encode()) else None


def new_token(settings: Settings, user) -> str:
    if not settings.get("JWT_SECRET"):
        raise RuntimeError("JWT_SECRET is not defined in configuration or an environment variable")
    now = int(time.time())
    claims = {
        "iss": settings.get("JWT_ISSUER", ISSUER),
        "iat": now,
        "exp": now + int(settings.get("JWT_LIFETIME_SECONDS", MONTH)),
        "sub": user.id,
    }
    token = jwt.encode(claims, settings["JWT_SECRET"], algorithm="HS256")
    with database().begin() as connection:
        connection.execute(tokens.delete().where(tokens.c.user_id == user.id, tokens.c.name == "login-token"))
        connection.execute(insert(tokens).values(name="login-token", user_id=user.id, token=token))
    return token


def user_of(settings: Settings, authorization: str):
    """The user of a request's token, or None."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        claims = jwt.decode(token, settings.get("JWT_SECRET") or "", algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return None
    with database().connect() as connection:
        return connection.execute(select(users).where(users.c.id == claims["sub"])).first()
