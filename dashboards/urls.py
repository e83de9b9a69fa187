"""Addresses of the homes and of the overview."""

from django.urls import path

from dashboards import views
from dashboards.views import judging, leagues, liaison

app_name = "dashboards"

urlpatterns = [
    path("", views.home, name="home"),
    path("home/<slug:desk>/", views.home, name="desk"),
    path("liaison/", liaison.liaison, name="liaison"),
    path("liaison/remind/", liaison.remind, name="remind"),
    path("liaison/manners/", liaison.manners, name="manners"),
    path("me/record.zip", views.own_data, name="own_data"),
    path("overview/", views.overviews, name="overview"),
    path("overview/person/<int:pk>/", views.person, name="person"),
    path("gap/<slug:requirement>/", views.gap, name="gap"),
    path("archive/", views.my_archive, name="my_archive"),
    path("archive/verify/<str:token>/", views.archive_verify, name="archive_verify"),
    path("archive.pdf", views.my_archive_pdf, name="my_archive_pdf"),
    path("overview/person/<int:pk>/archive/", views.archive, name="archive"),
    path("overview/person/<int:pk>/archive.pdf", views.archive_pdf, name="archive_pdf"),
    path("overview/<str:code>/", views.unit, name="unit"),
    path("overview/<str:code>/trend/", views.trend, name="trend"),
    path("overview/<str:code>/as-of/", judging.as_of, name="as_of"),
    path("overview/<str:code>/as-of/people/", judging.as_of_people, name="as_of_people"),
    path("effects/<int:pk>/", judging.effect, name="effect"),
    path("overview/<str:code>/people/", views.people, name="people"),
    path("leagues/", leagues.leagues, name="leagues"),
    path("leagues/new/", leagues.league_new, name="league_new"),
    path("leagues/<int:pk>/", leagues.league, name="league"),
    path("leagues/<int:pk>/<slug:deed>/", leagues.league_deed, name="league_deed"),
    path("statements/", views.statements, name="statements"),
    path("statements/new/", views.statement_new, name="statement_new"),
    path("statements/schedule/", views.statement_schedule, name="statement_schedule"),
    path("statements/<int:pk>/", views.statement, name="statement"),
    path("statements/<int:pk>/<slug:deed>/", views.statement_deed, name="statement_deed"),
    path("seat-plans/", views.plans, name="plans"),
    path("seat-plans/new/", views.plan_new, name="plan_new"),
    path("seat-plans/<int:pk>/", views.plan, name="plan"),
    path("seat-plans/<int:pk>/name/", views.plan_name, name="plan_name"),
    path("seat-plans/<int:pk>/discard/", views.plan_discard, name="plan_discard"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/states/", views.job_states, name="job_states"),
    path("jobs/export/", views.export, name="export"),
    path("jobs/<int:pk>/file/", views.job_file, name="job_file"),
    path("jobs/<int:pk>/cancel/", views.cancel_job, name="cancel_job"),
]
