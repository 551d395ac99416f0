-- A rule and a signal together, with a state; the newest version of each id counts.
CREATE TABLE IF NOT EXISTS alerts {cluster}
(
    tenant LowCardinality(String),
    id String,
    fingerprint String,
    rule LowCardinality(String),
    signal LowCardinality(String),
    severity LowCardinality(String),
    state LowCardinality(String),
    level LowCardinality(String),
    team LowCardinality(String),
    route LowCardinality(String),
    platform LowCardinality(String),
    model LowCardinality(String),
    routes Array(String),
    share_of_traffic Nullable(Float64),
    began_at DateTime64(3, 'UTC'),
    detected_at DateTime64(3, 'UTC'),
    fired_at Nullable(DateTime64(3, 'UTC')),
    resolved_at Nullable(DateTime64(3, 'UTC')),
    observed Nullable(Float64),
    reference Nullable(Float64),
    low Nullable(Float64),
    high Nullable(Float64),
    unit LowCardinality(String),
    n Int64,
    cause LowCardinality(String),
    recommendation_id String,
    body String CODEC(ZSTD(3)) COMMENT 'the whole alert as JSON',
    updated_at DateTime64(6, 'UTC')
)
ENGINE = {replacing}(updated_at)
ORDER BY (tenant, id)
TTL toDateTime(updated_at) + INTERVAL {alerts_days} DAY
