"""The whole site's addresses, from the most particular to Wagtail's page tree."""

from allauth.account import views as account
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from config.access import no_door
from config.health import healthz

handler400 = "config.errors.bad_request"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    # Exempt, so that a visitor's page needs no token and can be kept: a language is no secret.
    path("language/", csrf_exempt(login_not_required(set_language)), name="set_language"),
    # Of allauth's addresses those that lead somewhere here: a forgotten password is the
    # administrator's matter, and an e-mail address is chosen beside the notices.
    path(
        "accounts/",
        include(
            [
                path("login/", account.login, name="account_login"),
                path("logout/", account.logout, name="account_logout"),
                path("inactive/", account.account_inactive, name="account_inactive"),
                path("signup/", account.signup, name="account_signup"),
                path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
                path("password/change/", account.password_change, name="account_change_password"),
                path("2fa/", include("allauth.mfa.urls")),
            ]
        ),
    ),
    # One door: Wagtail's own would count no failures and ask for no second step.
    path("cms/login/", no_door, name="cms_login"),
    path("cms/", include(wagtailadmin_urls)),
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("", include("people.urls")),
    path("", include("notices.urls")),
    path("", include("tracker.urls")),
    path("", include("exams.urls")),
    path("", include("classes.urls")),
    path("", include("courses.urls")),
    path("", include("certificates.urls")),
    path("", include("dashboards.urls")),
    path("", include("content.urls")),
]
if settings.DEMO:
    guide = TemplateView.as_view(template_name="styleguide.html")
    urlpatterns.append(path("styleguide/", guide, name="styleguide"))

# Last: whatever the page tree holds besides. It also gives pages their addresses.
urlpatterns.append(path("", include(wagtail_urls)))
