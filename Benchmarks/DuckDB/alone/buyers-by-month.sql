-- By customer and month first, so that nothing counts distinct customers of single purchases.
WITH span AS (
    SELECT max(timestamp) + INTERVAL 1 MICROSECOND - INTERVAL 12 MONTH AS since FROM events),
firsts AS (
    SELECT customer_id, min(timestamp) AS first_at
    FROM events CROSS JOIN span WHERE event = 'purchase' AND status = 'completed'
    GROUP BY customer_id HAVING max(timestamp) >= any_value(since)),
months AS (
    SELECT
        customer_id, date_trunc('month', timestamp)::DATE AS month, min(timestamp) AS month_first_at,
        count(*) AS purchases, sum(amount * rate) AS revenue
    FROM events JOIN rates USING (currency) CROSS JOIN span
    WHERE event = 'purchase' AND status = 'completed' AND timestamp >= since AND rates.date = timestamp::DATE
    GROUP BY customer_id, month),
figures AS (
    SELECT
        month, count(*) FILTER (month_first_at = first_at) AS new_buyers, count(*) AS buyers,
        sum(purchases) AS purchases, sum(revenue) AS revenue
    FROM months JOIN firsts USING (customer_id) GROUP BY month)
SELECT 'row' AS part, month, new_buyers, buyers - new_buyers AS existing_buyers, buyers, purchases, revenue FROM figures
UNION ALL
SELECT
    'total', NULL, sum(new_buyers), (SELECT count(*) FROM firsts) - sum(new_buyers),
    (SELECT count(*) FROM firsts), sum(purchases), sum(revenue)
FROM figures
