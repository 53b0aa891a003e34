"""Documents, clauses and the readers that turn files into them."""
