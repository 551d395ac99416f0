"""The score worker: one process of many that share the ingest topics."""
