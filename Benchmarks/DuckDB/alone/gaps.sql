-- A gap belongs to its later purchase; the earlier one may lie before the window.
WITH span AS (
    SELECT max(timestamp) + INTERVAL 1 MICROSECOND - INTERVAL 12 MONTH AS since FROM events),
purchases AS (
    SELECT timestamp, timestamp - lag(timestamp) OVER (PARTITION BY customer_id ORDER BY timestamp) AS gap
    FROM events WHERE event = 'purchase' AND status = 'completed'),
gaps AS (
    SELECT date_trunc('month', timestamp)::DATE AS month, epoch_us(gap) AS gap
    FROM purchases CROSS JOIN span WHERE timestamp >= since AND gap IS NOT NULL),
figures AS (
    SELECT
        month, count(*) AS gaps, sum(gap) / count(*) / 86_400_000_000 AS mean_gap,
        quantile_cont(gap, [0.5, 0.9]) AS quantiles
    FROM gaps GROUP BY GROUPING SETS ((month), ()))
SELECT
    part, month, gaps, mean_gap, quantiles[1] / 86_400_000_000 AS median_gap, quantiles[2] / 86_400_000_000 AS p90_gap
FROM figures
JOIN (VALUES ('row', true), ('course', false), ('course total', true)) AS parts (part, whole)
    ON whole = (month IS NULL)
