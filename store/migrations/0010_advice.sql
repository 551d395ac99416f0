-- Recommendations; the newest version of each id counts.
CREATE TABLE IF NOT EXISTS advice {cluster}
(
    tenant LowCardinality(String),
    id String,
    route LowCardinality(String),
    platform LowCardinality(String),
    incumbent LowCardinality(String),
    candidate LowCardinality(String) COMMENT 'platform/model, or empty',
    causes Array(String),
    state LowCardinality(String),
    spend_difference_ratio Nullable(Float64),
    spend_basis LowCardinality(String),
    quality_difference Nullable(Float64),
    quality_low Nullable(Float64),
    quality_high Nullable(Float64),
    n Int64,
    evidence LowCardinality(String),
    made_at DateTime64(3, 'UTC'),
    expires_at Nullable(DateTime64(3, 'UTC')),
    body String CODEC(ZSTD(3)) COMMENT 'the whole recommendation as JSON',
    updated_at DateTime64(6, 'UTC')
)
ENGINE = {replacing}(updated_at)
ORDER BY (tenant, id)
TTL toDateTime(updated_at) + INTERVAL {advice_days} DAY
