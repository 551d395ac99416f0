-- How many calls each place on the way had in hand, by the minute in which a gateway received them.
CREATE TABLE IF NOT EXISTS receipts {cluster}
(
    tenant LowCardinality(String),
    minute DateTime('UTC'),
    team LowCardinality(String),
    place LowCardinality(String),
    source String,
    counts Map(LowCardinality(String), UInt64),
    at DateTime64(6, 'UTC'),
    inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3)
)
ENGINE = {replacing}(at)
PARTITION BY toDate(minute)
ORDER BY (tenant, minute, team, place, source)
TTL toDateTime(inserted_at) + INTERVAL {receipts_days} DAY
