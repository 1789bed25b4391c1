"""The settings, out of the environment. What is missing shows only where it is needed, as with the real one: only
NOTIFY_ENVIRONMENT is required to start."""

# Settings that everybody knows, for a developer's machine.
BUILT_IN = {
    "SECRET_KEY": "dev-notify-secret-key",
    "ADMIN_CLIENT_SECRET": "dev-notify-secret-key",
    "API_HOST_NAME": "http://localhost:6011",
    "DOCUMENT_DOWNLOAD_API_HOST_NAME": "http://localhost:7000",
    "DOCUMENT_DOWNLOAD_API_HOST_NAME_INTERNAL": "http://localhost:7000",
    "DEBUG": True,
}


def configuration(environment):
    settings = {
        "NOTIFY_ENVIRONMENT": environment["NOTIFY_ENVIRONMENT"],
        "SECRET_KEY": environment.get("SECRET_KEY"),
        "ADMIN_CLIENT_SECRET": environment.get("ADMIN_CLIENT_SECRET"),
        "API_HOST_NAME": environment.get("API_HOST_NAME"),
        "DOCUMENT_DOWNLOAD_API_HOST_NAME": environment.get("DOCUMENT_DOWNLOAD_API_HOST_NAME"),
        "DOCUMENT_DOWNLOAD_API_HOST_NAME_INTERNAL": environment.get("DOCUMENT_DOWNLOAD_API_HOST_NAME_INTERNAL"),
        "HEADER_COLOUR": environment.get("HEADER_COLOUR", "#FFBF47"),
        "HTTP_PROTOCOL": environment.get("HTTP_PROTOCOL", "http"),
    }
    if settings["NOTIFY_ENVIRONMENT"] in ("development", "test"):
        settings |= BUILT_IN
    return settings
