-- Whether a call ran where its route may: ok, violation, not_assessable.
ALTER TABLE generations {cluster} ADD COLUMN IF NOT EXISTS residency_label LowCardinality(String) AFTER privacy_kinds
