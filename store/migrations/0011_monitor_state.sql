-- Where each monitor stands; restoring it continues as if never interrupted.
CREATE TABLE IF NOT EXISTS monitor_state {cluster}
(
    tenant LowCardinality(String),
    monitor String,
    minute Int64 COMMENT 'minutes since the epoch up to which it has read, exclusive',
    state String CODEC(ZSTD(3)) COMMENT 'base64',
    updated_at DateTime64(6, 'UTC')
)
ENGINE = {replacing}(updated_at)
ORDER BY (tenant, monitor)
