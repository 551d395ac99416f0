-- Verdicts that come after the fact: sampled tiers, a judge, re-scoring.
CREATE TABLE IF NOT EXISTS scores {cluster}
(
    tenant LowCardinality(String),
    event_id String CODEC(ZSTD(1)),
    detector LowCardinality(String),
    version LowCardinality(String),
    occurred_at DateTime64(6, 'UTC'),
    score Nullable(Float32),
    label LowCardinality(String),
    inclusion Float64 COMMENT 'probability with which the event was scored at all',
    explanation String CODEC(ZSTD(3)),
    inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3)
)
ENGINE = {replacing}(inserted_at)
ORDER BY (tenant, event_id, detector, version)
TTL toDateTime(inserted_at) + INTERVAL {scores_days} DAY
