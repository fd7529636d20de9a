"""For other servers: `gunicorn --worker-class gthread wsgi:application`. See `doorward.serve.wsgi`."""

from doorward.serve.wsgi import application

__all__ = ["application"]
