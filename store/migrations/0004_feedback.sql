-- What people, judges and rules thought of a generation.
CREATE TABLE IF NOT EXISTS feedback {cluster}
(
    tenant LowCardinality(String),
    event_id String,
    kind LowCardinality(String),
    name LowCardinality(String),
    by LowCardinality(String),
    at DateTime64(6, 'UTC'),
    value String COMMENT 'as JSON',
    value_number Nullable(Float64) COMMENT 'numbers and true, false as 1, 0',
    extra String CODEC(ZSTD(3)),
    inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3)
)
ENGINE = {replacing}(inserted_at)
ORDER BY (tenant, event_id, kind, name, by, at)
TTL toDateTime(inserted_at) + INTERVAL {feedback_days} DAY
