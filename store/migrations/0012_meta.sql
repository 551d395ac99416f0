-- What the program remembers about itself.
CREATE TABLE IF NOT EXISTS meta {cluster}
(
    tenant LowCardinality(String),
    name String,
    value String,
    updated_at DateTime64(6, 'UTC')
)
ENGINE = {replacing}(updated_at)
ORDER BY (tenant, name)
