-- A charge belongs to its customer's newest first charge; before the window there is none to look for.
WITH span AS (
    SELECT max(timestamp) + INTERVAL 1 MICROSECOND - INTERVAL 12 MONTH AS since FROM events),
anchored AS (
    SELECT
        charge, amount * rate AS value,
        last_value(CASE WHEN charge = 'first_charge' THEN timestamp::DATE END IGNORE NULLS) OVER life AS day
    FROM events JOIN rates USING (currency) CROSS JOIN span
    WHERE event = 'purchase' AND status = 'completed' AND timestamp >= since AND rates.date = timestamp::DATE
    WINDOW life AS (PARTITION BY customer_id ORDER BY timestamp))
SELECT
    if(grouping(day) = 1, 'total', 'row') AS part, day,
    count(*) FILTER (charge = 'first_charge') AS fc_quantity,
    sum(value) FILTER (charge = 'first_charge') AS fc_amount,
    count(*) FILTER (charge = 'upsell') AS upsell_quantity,
    coalesce(sum(value) FILTER (charge = 'upsell'), 0) AS upsell_amount,
    count(*) FILTER (charge = 'rebill') AS rebill_quantity,
    coalesce(sum(value) FILTER (charge = 'rebill'), 0) AS rebill_amount,
    (fc_amount + upsell_amount) / fc_quantity AS total_aov,
    (fc_amount + upsell_amount + rebill_amount) / fc_quantity AS ltv
FROM anchored WHERE day IS NOT NULL GROUP BY GROUPING SETS ((day), ())
