"""Plans, classes, places, sessions, and what people thought of them."""

from classes.models.evaluation import Ballot, ClassOpinion, InstitutionReview
from classes.models.places import Excuse, MakeupTask, Place
from classes.models.plans import AnnualPlan, Seats, TrainingClass
from classes.models.sessions import InteractiveRecord, Presence, Session

__all__ = [
    "AnnualPlan",
    "Ballot",
    "ClassOpinion",
    "Excuse",
    "InstitutionReview",
    "InteractiveRecord",
    "MakeupTask",
    "Place",
    "Presence",
    "Seats",
    "Session",
    "TrainingClass",
]
