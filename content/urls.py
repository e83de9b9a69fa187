"""Addresses of the library. Whatever below /library/ is no view is a page of Wagtail's tree."""

from django.urls import path

from content.views import announcements, media, packages, public, reviewing

app_name = "content"
urlpatterns = [
    path("library/", public.library, name="library"),
    path("stock/", public.stock, name="stock"),
    path("announcements/", announcements.announcements, name="announcements"),
    path("texts/<int:pk>/compare/", public.compare, name="compare"),
    path("library/<path:path>", public.page, name="page"),
    path("search/", public.search, name="search"),
    path("desk/", public.desk, name="desk"),
    path("desk/review/<int:pk>/", reviewing.review, name="review"),
    path("desk/citations/<int:pk>/reviewed/", public.citation_reviewed, name="citation_reviewed"),
    path("lectures/<int:pk>/media", media.media, name="media"),
    path("lectures/<int:pk>/captions.vtt", media.captions, name="captions"),
    path("documents/<int:pk>/", media.document, name="document"),
    path("packages/<str:token>/", packages.play, name="package_play"),
    path("packages/<str:token>/<path:name>", packages.file, name="package_file"),
    path("media/<path:name>", media.image, name="image"),
]
