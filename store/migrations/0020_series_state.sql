-- Which series are watched for which signal, and which cannot be yet, as the monitors say.
CREATE TABLE IF NOT EXISTS series_state {cluster}
(
    tenant LowCardinality(String),
    signal LowCardinality(String),
    level LowCardinality(String),
    platform LowCardinality(String),
    route LowCardinality(String),
    model LowCardinality(String),
    team LowCardinality(String),
    state LowCardinality(String) COMMENT 'learning, insufficient, no_data, watched',
    watched LowCardinality(String) COMMENT 'fully, gross, not',
    since DateTime('UTC'),
    ready_at Nullable(DateTime('UTC')),
    last_at Nullable(DateTime('UTC')) COMMENT 'of the last call that could be judged',
    updated_at DateTime64(6, 'UTC')
)
ENGINE = {replacing}(updated_at)
ORDER BY (tenant, signal, level, platform, route, model)
TTL toDateTime(updated_at) + INTERVAL {series_state_days} DAY
