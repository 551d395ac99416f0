"""What real instrumentations send for calls that are known: recorded once, held as test data."""
