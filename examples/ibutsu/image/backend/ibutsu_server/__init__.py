"""The applications by the names that the images' commands have for them; each is made when somebody asks for it."""


def __getattr__(name: str):
    if name == "connexion_app":
        from ibutsu_server.api import create_app

        return create_app()
    if name in ("worker_app", "scheduler_app"):
        from ibutsu_server.queue import create_celery_app

        return create_celery_app(name)
    if name == "flower_app":
        from ibutsu_server.queue import create_flower_app

        return create_flower_app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
