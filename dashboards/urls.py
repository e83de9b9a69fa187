"""Addresses of the homes and of the overview."""

from django.urls import path

from dashboards import views

app_name = "dashboards"

urlpatterns = [
    path("", views.home, name="home"),
    path("home/<slug:desk>/", views.home, name="desk"),
    path("overview/", views.overviews, name="overview"),
    path("overview/person/<int:pk>/", views.person, name="person"),
    path("overview/<str:code>/", views.unit, name="unit"),
    path("overview/<str:code>/people/", views.people, name="people"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/states/", views.job_states, name="job_states"),
    path("jobs/export/", views.export, name="export"),
    path("jobs/<int:pk>/file/", views.job_file, name="job_file"),
    path("jobs/<int:pk>/cancel/", views.cancel_job, name="cancel_job"),
]
