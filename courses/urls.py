"""Addresses of courses. Items are named by their place in the edition the person has."""

from django.urls import path

from courses import views
from courses.api import views as api

app_name = "courses"

urlpatterns = [
    path("courses/", views.catalogue, name="catalogue"),
    path("courses/mine/", views.mine, name="mine"),
    path("courses/<slug:slug>/", views.course, name="course"),
    path("courses/<slug:slug>/begin/", views.begin, name="begin"),
    path("courses/<slug:slug>/time/", views.evidence, name="evidence"),
    path("courses/<slug:slug>/<int:position>/", views.item, name="item"),
    path("api/study/lease/", api.take_lease, name="api_lease"),
    path("api/study/ticks/", api.ticks, name="api_ticks"),
]
