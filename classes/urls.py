"""Addresses of training classes."""

from django.urls import path

from classes import views

app_name = "classes"

urlpatterns = [
    path("classes/", views.mine, name="mine"),
    path("classes/answers/", views.answers, name="answers"),
    path("classes/plans/", views.plans, name="plans"),
    path("classes/plans/<int:pk>/", views.plan, name="plan"),
    path("classes/plans/<int:pk>/approve/", views.approve_plan, name="approve_plan"),
    path("classes/plans/<int:pk>/add/", views.add_class, name="add_class"),
    path("classes/held/", views.held, name="held"),
    path("classes/excuses/", views.excuses, name="excuses"),
    path("classes/excuses/<int:pk>/", views.answer_excuse, name="answer_excuse"),
    path("classes/make-up/", views.makeups, name="makeups"),
    path("classes/make-up/<int:pk>/", views.waive_makeup, name="waive_makeup"),
    path("classes/institutions/", views.institutions, name="institutions"),
    path("classes/institutions/<int:pk>/<int:year>/", views.institution, name="institution"),
    path("classes/sessions/<int:pk>/", views.session, name="session"),
    path("classes/sessions/<int:pk>/remove/", views.remove_session, name="remove_session"),
    path("classes/sessions/<int:pk>/door/", views.door, name="door"),
    path("classes/sessions/<int:pk>/door/code/", views.door_code, name="door_code"),
    path("classes/sessions/<int:pk>/sheet/", views.sheet, name="sheet"),
    path("classes/sessions/<int:pk>/record/", views.record, name="record"),
    path("classes/sign-in/<int:pk>/", views.sign_in, name="sign_in"),
    path("classes/<int:pk>/", views.detail, name="detail"),
    path("classes/<int:pk>/do/<slug:deed>/", views.deed, name="deed"),
    path("classes/<int:pk>/change/", views.change_class, name="change_class"),
    path("classes/<int:pk>/seats/", views.seats, name="seats"),
    path("classes/<int:pk>/name/", views.name, name="name"),
    path("classes/<int:pk>/answer/", views.answer, name="answer"),
    path("classes/<int:pk>/sessions/", views.add_session, name="add_session"),
    path("classes/<int:pk>/judge/", views.judge, name="judge"),
]
