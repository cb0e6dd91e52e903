-- The figures, and their course by month.
WITH canceled AS (
    SELECT month, count(*) AS canceled
    FROM (
        SELECT date_trunc('month', timestamp)::DATE AS month FROM events
        WHERE event = 'purchase' AND status IN ('canceled', 'returned') AND timestamp >= getvariable('since'))
    GROUP BY GROUPING SETS ((month), ())),
figures AS (
    SELECT
        NULL::DATE AS month, sum(window_revenue) AS revenue, sum(window_purchases) AS purchases, count(*) AS buyers,
        sum(revenue) AS lifetime_revenue, sum(purchases) AS lifetime_purchases, count(*) AS lifetime_buyers,
        count(*) FILTER (purchases >= 2) AS repeat_buyers
    FROM buyers WHERE active
    UNION ALL
    SELECT
        month, sum(window_revenue), sum(window_purchases), count(*) FILTER (window_purchases > 0),
        sum(revenue), sum(purchases), count(*), count(*) FILTER (life_purchases >= 2)
    FROM months WHERE month >= date_trunc('month', getvariable('since')) GROUP BY month)
SELECT
    part, figures.month, coalesce(revenue, 0) AS revenue, purchases, buyers, lifetime_revenue, lifetime_purchases,
    lifetime_buyers,
    lifetime_revenue / lifetime_purchases AS lifetime_apv,
    lifetime_purchases / lifetime_buyers AS lifetime_frequency,
    lifetime_revenue / lifetime_buyers AS realised_cltv,
    repeat_buyers / lifetime_buyers AS repurchase_rate,
    coalesce(canceled, 0) / nullif(purchases + coalesce(canceled, 0), 0) AS cancellation_rate
FROM figures LEFT JOIN canceled ON figures.month IS NOT DISTINCT FROM canceled.month
JOIN (VALUES ('row', true), ('course', false), ('course total', true)) AS parts (part, whole)
    ON whole = (figures.month IS NULL)
