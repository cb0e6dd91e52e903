-- Cells, the total, and by age over the cohorts that are old enough.
WITH cells AS (
    SELECT cohort, age, count(*) AS buyers FROM months WHERE acquired GROUP BY cohort, age),
sizes AS (
    SELECT cohort, buyers AS size FROM cells WHERE age = 0),
ages AS (
    SELECT ages.age, sum(coalesce(buyers, 0)) AS buyers, sum(size) AS size
    FROM sizes CROSS JOIN range(0, 13) AS ages (age)
    LEFT JOIN cells ON cells.cohort = sizes.cohort AND cells.age = ages.age
    WHERE sizes.cohort + to_months(ages.age::INTEGER + 1) <= getvariable('as_of')
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
