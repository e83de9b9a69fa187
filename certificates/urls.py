"""Addresses of certificates; those under /verify/ are public."""

from django.urls import path

from certificates import views

app_name = "certificates"

urlpatterns = [
    path("certificates/", views.mine, name="mine"),
    path("certificates/issued/", views.issued, name="issued"),
    path("certificates/<str:serial>/", views.detail, name="detail"),
    path("certificates/<str:serial>/pdf/", views.pdf, name="pdf"),
    path("certificates/<str:serial>/signed/", views.document, name="document"),
    path("certificates/<str:serial>/revoke/", views.revoke, name="revoke"),
    path("verify/", views.verify_form, name="verify_form"),
    path("verify/key/", views.key, name="key"),
    path("verify/<str:token>/", views.verify, name="verify"),
]
