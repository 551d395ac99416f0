"""One scorer per file: events in, one column of verdicts out."""
