"""What gunicorn serves."""

from pathlib import Path

from whitenoise import WhiteNoise

from app import create_app
from app.monitoring import init_sentry
from app.timeouts import Timeouts

init_sentry()
application = create_app()
static = WhiteNoise(application.wsgi_app, Path(__file__).parent / "app/static", "static/")
application.wsgi_app = Timeouts(static)
