"""WSGI entry: ``granian --interface wsgi --working-dir . config.wsgi:application`` with site/ on the path."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
whole_stack = get_wsgi_application()

# Only now: it reads settings.
from config.hot_path import with_hot_path  # noqa: E402

application = with_hot_path(whole_stack)

# A page makes thousands of objects that live as long as it does. By Python's own rule they are looked
# through some ten times a request, and every so often all of Django with them: a twelfth of the time.
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 20, 100)
