"""WSGI entry: ``granian --interface wsgi --working-dir . config.wsgi:application`` with site/ on the path."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
whole_stack = get_wsgi_application()

# Only now: it reads settings.
from config.hot_path import with_hot_path  # noqa: E402

application = with_hot_path(whole_stack)
