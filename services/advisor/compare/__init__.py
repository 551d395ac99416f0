"""Compare an incumbent and a candidate by labels: pure numbers in, no store, no clock."""
