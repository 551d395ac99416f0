-- How much did each detector judge, day by day (UTC): of how many calls, which sample, how far has it come?
-- Of detectors of tier 0, which see every call, the version stands beside each call; others have one row a version.
{% from "macros.sql" import kept with context %}
SELECT s.tenant AS tenant, s.day AS day, s.detector AS detector, s.version AS version,
    c.calls AS n, s.asked AS asked_n, s.scored AS scored_n,
    s.asked / c.calls AS sampled_ratio,
    if(s.asked = 0, NULL, s.scored / s.asked) AS scored_ratio,
    s.newest AS newest_at, greatest(0, dateDiff('second', s.newest, c.newest)) AS lag_s
FROM
(
    SELECT tenant, toDate(hour) AS day, pair.1 AS detector, '' AS version,
        sum(r.n) AS asked, sum(pair.2) AS scored, max(if(pair.2 > 0, hour, toDateTime(0, 'UTC'))) AS newest
    FROM ({{ kept("hours") }}) AS r
    ARRAY JOIN [
        ('hallucination', hallucination_n), ('toxicity_prompt', toxicity_prompt_n),
        ('toxicity_response', toxicity_response_n), ('refusal', refusal_n), ('privacy', privacy_n),
        ('usage', usage_n), ('spend', priced_n)
    ] AS pair
    GROUP BY tenant, day, detector
    UNION ALL
    SELECT tenant, toDate(occurred_at) AS day, detector, version,
        uniqExact(event_id) AS asked, uniqExactIf(event_id, label != 'not_assessable') AS scored,
        max(toStartOfHour(toDateTime(occurred_at, 'UTC'))) AS newest
    FROM scores FINAL
    WHERE inserted_at > now() - INTERVAL {{ days["scores"] }} DAY AND (tenant, event_id) NOT IN (
        -- Asked only to compare models: not among the calls that are counted below either.
        SELECT tenant, event_id FROM generations WHERE tags['pair_of'] != ''
    )
    GROUP BY tenant, day, detector, version
) AS s
INNER JOIN
(
    SELECT tenant, toDate(hour) AS day, sum(q.n) AS calls, max(hour) AS newest
    FROM ({{ kept("hours") }}) AS q
    GROUP BY tenant, day
) AS c ON s.tenant = c.tenant AND s.day = c.day
