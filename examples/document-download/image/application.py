"""What gunicorn serves."""

from app import create_app
from app.monitoring import init_sentry

init_sentry()
application = create_app()
