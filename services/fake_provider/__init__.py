"""A provider of models for tests and benchmarks: it answers what it is told, as three providers would."""
