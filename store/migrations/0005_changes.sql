-- What was changed on purpose: deploys, prompts, models, prices, detectors, maintenance.
CREATE TABLE IF NOT EXISTS changes {cluster}
(
    tenant LowCardinality(String),
    at DateTime64(6, 'UTC'),
    kind LowCardinality(String),
    route LowCardinality(String),
    platform LowCardinality(String),
    model LowCardinality(String),
    `from` String,
    `to` String,
    until Nullable(DateTime64(6, 'UTC')),
    note String,
    by String,
    extra String CODEC(ZSTD(3)),
    inserted_at DateTime64(3, 'UTC') MATERIALIZED now64(3)
)
ENGINE = {replacing}(inserted_at)
ORDER BY (tenant, at, kind, route, platform, model, `from`, `to`)
TTL toDateTime(inserted_at) + INTERVAL {changes_days} DAY
