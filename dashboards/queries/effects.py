"""Who reads what a rule pack would change, and on how many it is tried."""

from people.enums import Role

EFFECT_READERS = (Role.TRAINING_ADMIN, Role.AUDITOR)
# More than there are people: nobody is left out, nothing is a sample.
EVERYBODY = 10**9
