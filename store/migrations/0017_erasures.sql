-- Whose data was erased, as hashes only: what comes back of it, from a log or a file, is not taken in again.
CREATE TABLE IF NOT EXISTS erasures {cluster}
(
    tenant LowCardinality(String) COMMENT 'whose it was, * where that is any or not to be said',
    kind LowCardinality(String) COMMENT 'what the digest is of: user, tenant, event, letter',
    digest String COMMENT 'first half of its SHA-256, in hex',
    at DateTime64(6, 'UTC') COMMENT 'what happened before is erased'
)
ENGINE = {replacing}(at)
ORDER BY (tenant, kind, digest)
