"""The catalogue, courses and their editions, enrolment, and study time that can be proven."""
