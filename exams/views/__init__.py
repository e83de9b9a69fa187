"""Pages of the examinations: a module for each of those who use them."""
