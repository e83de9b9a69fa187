"""Dates in English words, the day first."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
MONTH_DAY_FORMAT = "j F"
YEAR_MONTH_FORMAT = "F Y"
SHORT_DATE_FORMAT = DATE_FORMAT
SHORT_DATETIME_FORMAT = DATETIME_FORMAT
SPAN_OF_MONTH = ("j", "j F Y")
SPAN_OF_YEAR = ("j F", "j F Y")
TIME_FORMAT = "H:i"
THOUSAND_SEPARATOR = "\u202f"  # a number is not broken between lines
NUMBER_GROUPING = 3
