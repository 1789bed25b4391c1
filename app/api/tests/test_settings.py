"""Run from app/api: python -m pytest"""

import pytest

from notes import settings

GOOD = {
    "DATABASE_URL": "postgresql://notes:pass-9f2c@db:5432/notes",
    "REDIS_URL": "redis://:pass-9f2c@cache:6379/0",
    "SESSION_SECRET": "0123456789abcdef0123456789abcdef",
}


def message_for(**changes: str) -> str:
    with pytest.raises(settings.SettingsError) as refused:
        settings.read({**GOOD, **changes})
    return str(refused.value)


def test_a_complete_environment_is_accepted():
    read = settings.read(GOOD)
    assert read.database_url == GOOD["DATABASE_URL"]
    assert read.environment == "local"


def test_one_line_names_everything_that_is_missing():
    with pytest.raises(settings.SettingsError) as refused:
        settings.read({})
    message = str(refused.value)
    assert all(f"{name} is missing" in message for name in GOOD)
    assert "\n" not in message


@pytest.mark.parametrize(
    "url",
    [
        "mysql://notes:pass-9f2c@db/notes",
        "postgresql://notes:pass-9f2c@db",
        "postgresql:///notes",
        "postgresql://notes:pass-9f2c@db:port/notes",
        "postgresql://notes:pass-9f2c@[db/notes",
    ],
)
def test_a_malformed_database_url_is_refused_without_repeating_it(url: str):
    message = message_for(DATABASE_URL=url)
    assert "DATABASE_URL is malformed" in message
    assert "9f2c" not in message


@pytest.mark.parametrize("url", ["http://cache", "redis://", "redis://:pass-9f2c@cache:port/0"])
def test_a_malformed_redis_url_is_refused_without_repeating_it(url: str):
    message = message_for(REDIS_URL=url)
    assert "REDIS_URL is malformed" in message
    assert "9f2c" not in message


def test_a_newline_at_the_end_of_a_secret_is_noticed():
    message = message_for(SESSION_SECRET=GOOD["SESSION_SECRET"] + "\n")
    assert "SESSION_SECRET begins or ends with white space" in message


def test_a_short_session_secret_is_refused():
    assert "SESSION_SECRET is too short" in message_for(SESSION_SECRET="short")


def test_settings_can_be_printed_without_showing_secrets():
    assert "9f2c" not in repr(settings.read(GOOD))
