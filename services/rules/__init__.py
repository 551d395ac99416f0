"""Rules before they matter: what they select, what they would have done, whether they reach anybody."""
