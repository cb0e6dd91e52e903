-- Cells, the total, and by age over the cohorts that are old enough. Who bought first in the window, bought only in it.
WITH span AS (
    SELECT max(timestamp) AS as_of, as_of + INTERVAL 1 MICROSECOND - INTERVAL 12 MONTH AS since FROM events),
firsts AS (
    SELECT customer_id, date_trunc('month', min(timestamp))::DATE AS cohort
    FROM events CROSS JOIN span WHERE event = 'purchase' AND status = 'completed'
    GROUP BY customer_id HAVING min(timestamp) >= any_value(since)),
months AS (
    SELECT DISTINCT customer_id, date_trunc('month', timestamp)::DATE AS month
    FROM events CROSS JOIN span WHERE event = 'purchase' AND status = 'completed' AND timestamp >= since),
cells AS (
    SELECT cohort, datediff('month', cohort, month) AS age, count(*) AS buyers
    FROM months JOIN firsts USING (customer_id) GROUP BY cohort, age),
sizes AS (
    SELECT cohort, buyers AS size FROM cells WHERE age = 0),
ages AS (
    SELECT ages.age, sum(coalesce(buyers, 0)) AS buyers, sum(size) AS size
    FROM sizes CROSS JOIN range(0, 13) AS ages (age)
    LEFT JOIN cells ON cells.cohort = sizes.cohort AND cells.age = ages.age
    WHERE sizes.cohort + to_months(ages.age::INTEGER + 1) <= (SELECT as_of FROM span)
    GROUP BY ages.age)
SELECT 'row' AS part, cohort AS cohort_month, age AS age_months, buyers / size AS cohort_retention, buyers AS cohort_buyers,
    NULL AS customers, NULL AS coverage
FROM cells JOIN sizes USING (cohort)
UNION ALL
SELECT 'total', NULL, NULL, NULL, sum(size), NULL, NULL FROM sizes
UNION ALL
SELECT 'age', NULL, age, buyers / size, buyers, size, size / (SELECT sum(size) FROM sizes) FROM ages
UNION ALL
SELECT 'cohort', cohort, NULL, NULL, NULL, size, NULL FROM sizes
