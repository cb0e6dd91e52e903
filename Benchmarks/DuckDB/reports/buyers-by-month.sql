SELECT
    'row' AS part, month, count(*) FILTER (is_new) AS new_buyers, count(*) - new_buyers AS existing_buyers,
    count(*) AS buyers, sum(window_purchases) AS purchases, sum(window_revenue) AS revenue
FROM months WHERE window_purchases > 0 GROUP BY month
UNION ALL
SELECT
    'total', NULL, count(*) FILTER (acquired) AS new_buyers, count(*) - new_buyers, count(*), sum(window_purchases),
    sum(window_revenue)
FROM buyers WHERE active
