"""Lists from elsewhere: a spreadsheet becomes rows, and each row plain values or a reason."""
