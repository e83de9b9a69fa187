"""On a developer's machine and for the demo that ``script/server`` serves. Never on a real site."""

import os

from config.settings.base import *

DEBUG = os.environ.get("XIANGXU_DEBUG", "1") == "1"
DEMO = True
# Good enough where nothing is secret; production refuses to start with it.
SECRET_KEY = "dev-only-not-a-secret-0f1e2d3c4b5a69788796a5b4c3d2e1f0"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS += ["demo"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
# WhiteNoise warns of a missing folder, also where it serves from the finders.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
