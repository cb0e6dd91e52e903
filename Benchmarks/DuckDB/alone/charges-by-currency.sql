-- Rows in their own currency, the total converted; the cast keeps the digits of the latter.
WITH span AS (
    SELECT max(timestamp) + INTERVAL 1 MICROSECOND - INTERVAL 12 MONTH AS since FROM events),
anchored AS (
    SELECT
        currency, charge, amount, amount * rate AS value,
        last_value(CASE WHEN charge = 'first_charge' THEN timestamp END IGNORE NULLS) OVER life AS anchor_at
    FROM events JOIN rates USING (currency) CROSS JOIN span
    WHERE event = 'purchase' AND status = 'completed' AND timestamp >= since AND rates.date = timestamp::DATE
    WINDOW life AS (PARTITION BY customer_id ORDER BY timestamp)),
charges AS (
    SELECT
        currency, charge, count(*) AS quantity, sum(amount)::DECIMAL(38, 6) AS amount, sum(value) AS value
    FROM anchored WHERE anchor_at IS NOT NULL GROUP BY currency, charge),
figures AS (
    SELECT 'row' AS part, * EXCLUDE (value) FROM charges
    UNION ALL
    SELECT 'total', NULL, charge, sum(quantity), sum(value) FROM charges GROUP BY charge)
SELECT
    part, currency,
    coalesce(sum(quantity) FILTER (charge = 'first_charge'), 0) AS fc_quantity,
    coalesce(sum(amount) FILTER (charge = 'first_charge'), 0) AS fc_amount,
    coalesce(sum(quantity) FILTER (charge = 'upsell'), 0) AS upsell_quantity,
    coalesce(sum(amount) FILTER (charge = 'upsell'), 0) AS upsell_amount,
    coalesce(sum(quantity) FILTER (charge = 'rebill'), 0) AS rebill_quantity,
    coalesce(sum(amount) FILTER (charge = 'rebill'), 0) AS rebill_amount,
    (fc_amount + upsell_amount) / fc_quantity AS total_aov,
    (fc_amount + upsell_amount + rebill_amount) / fc_quantity AS ltv
FROM figures GROUP BY part, currency
