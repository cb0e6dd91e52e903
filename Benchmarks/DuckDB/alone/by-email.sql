-- The newest newsletter consent of a customer decides.
WITH span AS (
    SELECT max(timestamp) AS as_of, as_of + INTERVAL 1 MICROSECOND - INTERVAL 12 MONTH AS since FROM events),
lives AS (
    SELECT customer_id, count(*) AS purchases, sum(amount * rate) AS revenue
    FROM events JOIN rates USING (currency) CROSS JOIN span
    WHERE event = 'purchase' AND status = 'completed' AND rates.date = timestamp::DATE
    GROUP BY customer_id HAVING max(timestamp) >= any_value(since)),
consents AS (
    SELECT
        customer_id,
        arg_max(action = 'accept' AND coalesce(valid_until > as_of, false), timestamp) AS valid
    FROM events CROSS JOIN span
    WHERE event = 'consent' AND category = 'newsletter'
    GROUP BY customer_id),
buyers AS (
    SELECT purchases, revenue, coalesce(valid, false) AS email FROM lives LEFT JOIN consents USING (customer_id))
SELECT
    if(grouping(email) = 1, 'total', 'row') AS part, if(email, 'Email subscribers', 'Email non-subscribers') AS email,
    count(*) AS lifetime_buyers, sum(revenue) AS lifetime_revenue, sum(purchases) AS lifetime_purchases,
    sum(revenue) / count(*) AS realised_cltv, count(*) FILTER (purchases >= 2) / count(*) AS repurchase_rate
FROM buyers GROUP BY GROUPING SETS ((email), ())
