"""The whole site's addresses, from the most particular to Wagtail's page tree."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import TemplateView
from django.views.i18n import set_language
from wagtail.admin import urls as wagtailadmin_urls

from config.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("accounts/", include("allauth.urls")),
    path("cms/", include(wagtailadmin_urls)),
]
for app in ["people", "tracker", "exams", "courses", "certificates", "dashboards", "content"]:
    if find_spec(f"{app}.urls"):
        urlpatterns.append(path("", include(f"{app}.urls")))
if settings.DEMO:
    urlpatterns.append(
        path(
            "styleguide/", TemplateView.as_view(template_name="styleguide.html"), name="styleguide"
        )
    )
