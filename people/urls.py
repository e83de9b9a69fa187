from django.urls import path

from people import views

app_name = "people"
urlpatterns = [
    path("accounts/first-password/", views.choose_password, name="choose_password"),
    path("people/", views.roster, name="roster"),
    path("people/add/", views.add_person, name="add"),
    path("people/import/", views.roster_imports, name="roster_imports"),
    path("people/import/checking/", views.roster_import_checking, name="roster_import_checking"),
    path("people/import/template.xlsx", views.roster_template, name="roster_template"),
    path("people/import/<int:pk>/", views.roster_import, name="roster_import"),
    path(
        "people/import/<int:pk>/progress/",
        views.roster_import_progress,
        name="roster_import_progress",
    ),
    path("people/import/<int:pk>/do/", views.roster_import_done, name="roster_import_done"),
    path("people/first-passwords/", views.first_passwords, name="first_passwords"),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/appoint/", views.appoint, name="appoint"),
    path("people/<int:pk>/duties/", views.give_duty, name="give_duty"),
    path("people/<int:pk>/duties/<int:duty_pk>/end/", views.end_duty, name="end_duty"),
    path("people/<int:pk>/stages/", views.enter_stage, name="enter_stage"),
    path("people/<int:pk>/roles/", views.grant_role, name="grant_role"),
    path("people/<int:pk>/roles/<int:grant_pk>/revoke/", views.revoke_role, name="revoke_role"),
    path("people/<int:pk>/password/", views.issue_password, name="issue_password"),
    path("people/<int:pk>/active/", views.set_active, name="set_active"),
    path("units/", views.units, name="units"),
    path("units/<str:code>/move/", views.move_unit, name="move_unit"),
]
