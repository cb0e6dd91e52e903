-- Who bought first in the window, bought only in the window.
WITH span AS (
    SELECT max(timestamp) + INTERVAL 1 MICROSECOND - INTERVAL 12 MONTH AS since FROM events),
firsts AS (
    SELECT customer_id, min(timestamp) AS first_at
    FROM events CROSS JOIN span WHERE event = 'purchase' AND status = 'completed'
    GROUP BY customer_id HAVING first_at >= any_value(since)),
buyers AS (
    SELECT date_trunc('month', first_at)::DATE AS month, count(*) AS new_buyers FROM firsts GROUP BY month),
revenues AS (
    SELECT date_trunc('month', timestamp)::DATE AS month, sum(amount * rate) AS new_revenue
    FROM events SEMI JOIN firsts USING (customer_id) JOIN rates USING (currency)
    WHERE event = 'purchase' AND status = 'completed' AND rates.date = timestamp::DATE
    GROUP BY month)
SELECT
    if(grouping(month) = 1, 'total', 'row') AS part, month, coalesce(sum(new_buyers), 0) AS new_buyers,
    sum(new_revenue) AS new_revenue
FROM revenues LEFT JOIN buyers USING (month) GROUP BY GROUPING SETS ((month), ())
