SELECT
    if(grouping(month) = 1, 'total', 'row') AS part, month, count(*) FILTER (is_new) AS new_buyers,
    sum(revenue) AS new_revenue
FROM months WHERE acquired GROUP BY GROUPING SETS ((month), ())
