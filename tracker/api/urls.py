from django.urls import path

from tracker.api import views

urlpatterns = [
    path("me/standings/", views.Standings.as_view(), name="api_my_standings"),
    path("me/entries/", views.Entries.as_view(), name="api_my_entries"),
    path("people/<int:pk>/standings/", views.Standings.as_view(), name="api_standings"),
    path("people/<int:pk>/entries/", views.Entries.as_view(), name="api_entries"),
]
