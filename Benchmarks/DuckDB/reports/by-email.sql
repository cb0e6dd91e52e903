SELECT
    if(grouping(email) = 1, 'total', 'row') AS part, if(email, 'Email subscribers', 'Email non-subscribers') AS email,
    count(*) AS lifetime_buyers, sum(revenue) AS lifetime_revenue, sum(purchases) AS lifetime_purchases,
    sum(revenue) / count(*) AS realised_cltv, count(*) FILTER (purchases >= 2) / count(*) AS repurchase_rate
FROM buyers WHERE active GROUP BY GROUPING SETS ((email), ())
