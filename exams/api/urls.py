from django.urls import path

from exams.api import views

urlpatterns = [
    path("attempts/<uuid:pk>/answers/", views.save, name="api_answers"),
    path("attempts/<uuid:pk>/submit/", views.submit, name="api_submit"),
    path("attempts/<uuid:pk>/signs/", views.signs, name="api_signs"),
]
