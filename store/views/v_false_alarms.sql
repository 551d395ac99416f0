-- How many pages and tickets fired each month, and how many of them did people call false?
SELECT tenant, toStartOfMonth(fired_at) AS month, severity, count() AS fired,
    countIf(outcome = 'false') AS false_alarms, countIf(outcome = 'expected') AS expected,
    countIf(outcome = '') AS unjudged
FROM v_alert_outcomes
GROUP BY tenant, month, severity
