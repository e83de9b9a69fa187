"""Dates as Chinese official writing has them, without a space inside."""

DATE_FORMAT = "Y年n月j日"
DATETIME_FORMAT = "Y年n月j日 H:i"
YEAR_MONTH_FORMAT = "Y年n月"
MONTH_DAY_FORMAT = "n月j日"
# One form of dates wherever people read; files for machines write ISO by themselves.
SHORT_DATE_FORMAT = DATE_FORMAT
SHORT_DATETIME_FORMAT = DATETIME_FORMAT
# First and last day of a range within a month, within a year: what they share stands once.
SPAN_OF_MONTH = ("Y年n月j日", "j日")
SPAN_OF_YEAR = ("Y年n月j日", "n月j日")
TIME_FORMAT = "H:i"
THOUSAND_SEPARATOR = "\u202f"  # a number is not broken between lines
NUMBER_GROUPING = 3
