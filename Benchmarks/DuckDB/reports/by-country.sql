SELECT
    if(grouping(country) = 1, 'total', 'row') AS part, country, count(*) AS buyers,
    sum(window_purchases) AS purchases, sum(window_revenue) AS revenue,
    sum(window_revenue) / sum(window_purchases) AS apv, sum(window_purchases) / count(*) AS purchase_frequency,
    sum(revenue) / count(*) AS realised_cltv
FROM buyers WHERE active GROUP BY GROUPING SETS ((country), ())
