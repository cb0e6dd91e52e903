-- The figures, and their course by month; by customer and month first, so that nothing counts distinct customers of
-- single purchases.
WITH span AS (
    SELECT max(timestamp) + INTERVAL 1 MICROSECOND - INTERVAL 12 MONTH AS since FROM events),
purchases AS (
    SELECT customer_id, timestamp, amount * rate AS value, timestamp >= since AS in_window,
        timestamp >= date_trunc('month', since) AS in_course
    FROM events JOIN rates USING (currency) CROSS JOIN span
    WHERE event = 'purchase' AND status = 'completed' AND rates.date = timestamp::DATE),
buyers AS (
    SELECT
        customer_id, count(*) AS purchases, sum(value) AS revenue, count(*) FILTER (in_window) AS window_purchases,
        sum(value) FILTER (in_window) AS window_revenue
    FROM purchases GROUP BY customer_id HAVING window_purchases > 0),
months AS (
    SELECT
        customer_id, date_trunc('month', timestamp)::DATE AS month, count(*) AS purchases, sum(value) AS revenue,
        count(*) FILTER (in_window) AS window_purchases, sum(value) FILTER (in_window) AS window_revenue
    FROM purchases WHERE in_course GROUP BY customer_id, month),
canceled AS (
    SELECT date_trunc('month', timestamp)::DATE AS month, count(*) AS canceled
    FROM events CROSS JOIN span
    WHERE event = 'purchase' AND status IN ('canceled', 'returned') AND timestamp >= since
    GROUP BY month
    UNION ALL
    SELECT NULL, count(*) FROM events CROSS JOIN span
    WHERE event = 'purchase' AND status IN ('canceled', 'returned') AND timestamp >= since),
figures AS (
    SELECT
        NULL::DATE AS month, sum(window_revenue) AS revenue, sum(window_purchases) AS purchases, count(*) AS buyers,
        sum(revenue) AS lifetime_revenue, sum(purchases) AS lifetime_purchases, count(*) AS lifetime_buyers,
        count(*) FILTER (purchases >= 2) AS repeat_buyers
    FROM buyers
    UNION ALL
    SELECT
        month, sum(months.window_revenue), sum(months.window_purchases), count(*) FILTER (months.window_purchases > 0),
        sum(months.revenue), sum(months.purchases), count(*), count(*) FILTER (buyers.purchases >= 2)
    FROM months JOIN buyers USING (customer_id) GROUP BY month)
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
