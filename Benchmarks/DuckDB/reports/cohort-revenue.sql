WITH sizes AS (
    SELECT cohort, count(*) AS size FROM buyers WHERE acquired GROUP BY cohort),
cells AS (
    SELECT cohort, age, sum(revenue) AS revenue FROM months WHERE acquired GROUP BY cohort, age),
grid AS (
    SELECT
        sizes.cohort, ages.age, size, coalesce(revenue, 0) AS revenue,
        sum(coalesce(revenue, 0)) OVER (PARTITION BY sizes.cohort ORDER BY ages.age) AS cumulated,
        sizes.cohort + to_months(ages.age::INTEGER + 1) <= getvariable('as_of') AS is_over
    FROM sizes CROSS JOIN range(0, 13) AS ages (age)
    LEFT JOIN cells ON cells.cohort = sizes.cohort AND cells.age = ages.age
    WHERE sizes.cohort + to_months(ages.age::INTEGER) <= getvariable('as_of'))
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
