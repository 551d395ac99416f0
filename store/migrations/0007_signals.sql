-- What monitors found; the id is a hash of what was found, so finding it again changes nothing.
CREATE TABLE IF NOT EXISTS signals {cluster}
(
    tenant LowCardinality(String),
    at DateTime('UTC') COMMENT 'the closed minute that tipped it',
    id String,
    signal LowCardinality(String),
    state LowCardinality(String),
    level LowCardinality(String),
    platform LowCardinality(String),
    route LowCardinality(String),
    model LowCardinality(String),
    team LowCardinality(String),
    began_at DateTime('UTC'),
    began_low_at DateTime('UTC'),
    began_high_at DateTime('UTC'),
    observed Nullable(Float64),
    reference Nullable(Float64),
    low Nullable(Float64),
    high Nullable(Float64),
    unit LowCardinality(String),
    n Int64,
    routes Array(String),
    share_of_traffic Nullable(Float64),
    monitor LowCardinality(String),
    examples Array(String),
    note String,
    facts Map(String, String),
    inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3)
)
ENGINE = {replacing}(inserted_at)
ORDER BY (tenant, at, id)
TTL toDateTime(inserted_at) + INTERVAL {signals_days} DAY
