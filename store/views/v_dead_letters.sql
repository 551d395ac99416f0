-- What could not be taken in, why, where does it lie, and what became of it when it was handed in again?
SELECT letters.*, replays.outcome AS outcome,
    if(replays.outcome = '', NULL, replays.replayed_at) AS replayed_at,
    replays.reason AS again_reason, replays.field AS again_field, replays.message AS again_message
FROM
(
    SELECT * FROM dead_letters FINAL WHERE inserted_at > now() - INTERVAL {{ days["dead_letters"] }} DAY
) AS letters
LEFT ANY JOIN
(
    SELECT * FROM dead_letter_replays FINAL
) AS replays
USING (tenant, topic, partition, `offset`, line, sha256)
