from django.urls import include, path

from tracker import views

app_name = "tracker"

urlpatterns = [
    path("me/record/", views.record, name="record"),
    path("me/record/<slug:code>/", views.requirement, name="requirement"),
    path("me/claims/", views.claims, name="claims"),
    path("me/claims/new/", views.claim_new, name="claim_new"),
    path("claims/<int:pk>/", views.claim, name="claim"),
    path("claims/<int:pk>/mend/", views.claim_mend, name="claim_mend"),
    path("claims/<int:pk>/confirm/", views.claim_confirm, name="claim_confirm"),
    path("claims/<int:pk>/return/", views.claim_return, name="claim_return"),
    path("claims/<int:pk>/withdraw/", views.claim_withdraw, name="claim_withdraw"),
    path("claims/<int:pk>/files/<int:file_pk>/", views.claim_file, name="claim_file"),
    path("ledger/claims/", views.claim_queue, name="claim_queue"),
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
