"""Addresses of the homes and of the overview."""

from django.urls import path

from dashboards import views

app_name = "dashboards"

urlpatterns = [
    path("", views.home, name="home"),
    path("home/<slug:desk>/", views.home, name="desk"),
    path("me/record.zip", views.own_data, name="own_data"),
    path("overview/", views.overviews, name="overview"),
    path("overview/person/<int:pk>/", views.person, name="person"),
    path("overview/<str:code>/", views.unit, name="unit"),
    path("overview/<str:code>/people/", views.people, name="people"),
    path("overview/<str:code>/people.xlsx", views.people_export, name="people_export"),
]
