from django.urls import include, path

from tracker import views

app_name = "tracker"

urlpatterns = [
    path("me/record/", views.record, name="record"),
    path("me/record/<slug:code>/", views.requirement, name="requirement"),
    path("people/<int:pk>/record/", views.record, name="person_record"),
    path("people/<int:pk>/record/<slug:code>/", views.requirement, name="person_requirement"),
    path("ledger/<int:pk>/", views.entry, name="entry"),
    path("ledger/<int:pk>/contest/", views.contest, name="contest"),
    path("ledger/<int:pk>/put-right/", views.put_right, name="put_right"),
    path("ledger/post/", views.post, name="post"),
    path("ledger/import/", views.imports, name="imports"),
    path("ledger/import/template.xlsx", views.import_template, name="import_template"),
    path("ledger/import/<int:pk>/", views.import_, name="import"),
    path("ledger/import/<int:pk>/post/", views.import_post, name="import_post"),
    path("ledger/import/<int:pk>/undo/", views.import_undo, name="import_undo"),
    path("ledger/remarks/", views.remarks, name="remarks"),
    path("ledger/remarks/<int:pk>/answer/", views.answer, name="answer"),
    path("rules/", views.rulepacks, name="rulepacks"),
    path("rules/<int:pk>/", views.rulepack, name="rulepack"),
    path("rules/<int:pk>/approve/", views.approve, name="approve"),
    path("api/", include("tracker.api.urls")),
]
