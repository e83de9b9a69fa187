"""Addresses of courses. Items are named by their place in the edition the person has.

A slug may be Chinese: Wagtail makes it from the title, hence ``str`` and not ``slug``.
"""

from django.urls import path

from courses import views
from courses.api import views as api

app_name = "courses"

urlpatterns = [
    path("courses/", views.catalogue, name="catalogue"),
    path("courses/mine/", views.mine, name="mine"),
    path("courses/assigned/", views.assigned, name="assigned"),
    path("courses/assigned/new/", views.assign, name="assign"),
    path("courses/assigned/<int:pk>/", views.assignment, name="assignment"),
    path(
        "courses/assigned/<int:pk>/do/<slug:deed>/", views.assignment_deed, name="assignment_deed"
    ),
    path("courses/remarks/", views.remarks, name="remarks"),
    path("courses/remarks/<int:pk>/", views.answer_remark, name="answer_remark"),
    path("courses/<str:slug>/", views.course, name="course"),
    path("courses/<str:slug>/begin/", views.begin, name="begin"),
    path("courses/<str:slug>/time/", views.evidence, name="evidence"),
    path("courses/<str:slug>/time/<int:sitting>/contest/", views.contest, name="contest"),
    path("courses/<str:slug>/<int:position>/", views.item, name="item"),
    path("courses/<str:slug>/<int:position>/check/<str:code>/", views.check, name="check"),
    path("api/study/lease/", api.take_lease, name="api_lease"),
    path("api/study/ticks/", api.ticks, name="api_ticks"),
    path("api/study/told/", api.told, name="api_told"),
]
