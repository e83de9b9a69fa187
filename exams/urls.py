from django.urls import include, path

from exams import views
from exams.views import bank, marking, papers

app_name = "exams"
urlpatterns = [
    path("exams/", views.exam_list, name="list"),
    path("exams/mine/", views.my_results, name="mine"),
    path("exams/receipts/", views.check_receipt, name="check_receipt"),
    path("exams/<int:pk>/", views.exam_detail, name="detail"),
    path("exams/<int:pk>/start/", views.start, name="start"),
    path("attempts/<uuid:pk>/", views.attempt, name="attempt"),
    path("attempts/<uuid:pk>/pass/", views.renew_pass, name="pass"),
    path("attempts/<uuid:pk>/submit/", views.submit, name="submit"),
    path("attempts/<uuid:pk>/receipt/", views.receipt, name="receipt"),
    path("attempts/<uuid:pk>/result/", views.result, name="result"),
    path("api/", include("exams.api.urls")),
    path("bank/", bank.question_list, name="bank"),
    path("bank/review/", bank.review_list, name="review"),
    path("bank/new/", bank.question_new, name="question_new"),
    path("bank/articles/", bank.find_articles, name="find_articles"),
    path("bank/<int:pk>/", bank.question_page, name="question"),
    path("bank/<int:pk>/edit/", bank.question_edit, name="question_edit"),
    path("bank/<int:pk>/history/", bank.question_history, name="question_history"),
    path("bank/<int:pk>/<slug:deed>/", bank.question_deed, name="question_deed"),
    path("marking/", marking.queue_list, name="marking"),
    path("marking/<int:exam>/<int:version>/", marking.queue_page, name="marking_item"),
    path("papers/", papers.paper_list, name="papers"),
    path("papers/new/", papers.blueprint_new, name="blueprint_new"),
    path("papers/blueprints/<int:pk>/", papers.blueprint_page, name="blueprint"),
    path("papers/<int:pk>/", papers.paper_page, name="paper"),
    path("papers/<int:pk>/<slug:deed>/", papers.paper_deed, name="paper_deed"),
    path("papers/exams/", papers.exam_admin_list, name="exam_admin"),
    path("papers/exams/new/", papers.exam_new, name="exam_new"),
    path("papers/exams/<int:pk>/", papers.exam_page, name="exam_page"),
]
