-- Texts are seen to judge pairs, too: of this route, where alert_id is what the page calls a pair.
ALTER TABLE content_reads {cluster} ADD COLUMN IF NOT EXISTS route String AFTER alert_id
