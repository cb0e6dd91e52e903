WITH span AS (
    SELECT max(timestamp) + INTERVAL 1 MICROSECOND - INTERVAL 12 MONTH AS since FROM events),
lives AS (
    SELECT
        customer_id, sum(amount * rate) AS revenue,
        count(*) FILTER (timestamp >= since) AS window_purchases,
        sum(amount * rate) FILTER (timestamp >= since) AS window_revenue
    FROM events JOIN rates USING (currency) CROSS JOIN span
    WHERE event = 'purchase' AND status = 'completed' AND rates.date = timestamp::DATE
    GROUP BY customer_id HAVING window_purchases > 0)
SELECT
    if(grouping(country) = 1, 'total', 'row') AS part, country, count(*) AS buyers,
    sum(window_purchases) AS purchases, sum(window_revenue) AS revenue,
    sum(window_revenue) / sum(window_purchases) AS apv, sum(window_purchases) / count(*) AS purchase_frequency,
    sum(revenue) / count(*) AS realised_cltv
FROM lives LEFT JOIN customers USING (customer_id) GROUP BY GROUPING SETS ((country), ())
