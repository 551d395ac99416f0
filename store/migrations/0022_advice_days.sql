-- What was recommended on each day: the promise that a move is held to, though its advice changes or goes.
CREATE TABLE IF NOT EXISTS advice_days {cluster}
(
    tenant LowCardinality(String),
    id String,
    route LowCardinality(String),
    platform LowCardinality(String),
    incumbent LowCardinality(String),
    candidate LowCardinality(String) COMMENT 'platform/model, or empty',
    state LowCardinality(String),
    spend_difference_ratio Nullable(Float64),
    spend_basis LowCardinality(String),
    quality_difference Nullable(Float64),
    quality_low Nullable(Float64),
    quality_high Nullable(Float64),
    n Int64,
    evidence LowCardinality(String),
    made_at DateTime64(3, 'UTC'),
    updated_at DateTime64(6, 'UTC')
)
ENGINE = {replacing}(updated_at)
ORDER BY (tenant, route, id, toDate(made_at))
TTL toDateTime(updated_at) + INTERVAL {advice_days_days} DAY
