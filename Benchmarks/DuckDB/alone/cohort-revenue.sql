-- Who bought first in the window, bought only in the window.
WITH span AS (
    SELECT max(timestamp) AS as_of, as_of + INTERVAL 1 MICROSECOND - INTERVAL 12 MONTH AS since FROM events),
firsts AS (
    SELECT customer_id, date_trunc('month', min(timestamp))::DATE AS cohort
    FROM events CROSS JOIN span WHERE event = 'purchase' AND status = 'completed'
    GROUP BY customer_id HAVING min(timestamp) >= any_value(since)),
sizes AS (
    SELECT cohort, count(*) AS size FROM firsts GROUP BY cohort),
cells AS (
    SELECT cohort, datediff('month', cohort, timestamp) AS age, sum(amount * rate) AS revenue
    FROM events JOIN firsts USING (customer_id) JOIN rates USING (currency)
    WHERE event = 'purchase' AND status = 'completed' AND rates.date = timestamp::DATE
    GROUP BY cohort, age),
grid AS (
    SELECT
        sizes.cohort, ages.age, size, coalesce(revenue, 0) AS revenue,
        sum(coalesce(revenue, 0)) OVER (PARTITION BY sizes.cohort ORDER BY ages.age) AS cumulated,
        sizes.cohort + to_months(ages.age::INTEGER + 1) <= as_of AS is_over
    FROM span CROSS JOIN sizes CROSS JOIN range(0, 13) AS ages (age)
    LEFT JOIN cells ON cells.cohort = sizes.cohort AND cells.age = ages.age
    WHERE sizes.cohort + to_months(ages.age::INTEGER) <= as_of)
SELECT 'row' AS part, cohort AS cohort_month, age AS age_months, cumulated / size AS cohort_cltv, revenue AS cohort_revenue,
    NULL AS customers, NULL AS coverage
FROM grid
UNION ALL
SELECT 'total', NULL, NULL, NULL, sum(revenue), NULL, NULL FROM grid
UNION ALL
SELECT
    'age', NULL, age, sum(cumulated) / sum(size), sum(revenue), sum(size), sum(size) / (SELECT sum(size) FROM sizes)
FROM grid WHERE is_over GROUP BY age
UNION ALL
SELECT 'cohort', cohort, NULL, NULL, NULL, size, NULL FROM sizes
