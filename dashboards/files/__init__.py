"""Documents as files: what a report says, written as a spreadsheet or printed as a PDF."""
