-- What the reports share, made anew in each run of the dashboard; its time counts.

CREATE OR REPLACE TEMP TABLE span AS
SELECT as_of, as_of + INTERVAL 1 MICROSECOND - INTERVAL 12 MONTH AS since
FROM (SELECT max(timestamp) AS as_of FROM events);

SET VARIABLE as_of = (SELECT as_of FROM span);
SET VARIABLE since = (SELECT since FROM span);

-- The purchases that count, converted and with what is known of their customer's other purchases.
CREATE OR REPLACE TEMP TABLE purchases AS
SELECT
    customer_id, bought_at, date_trunc('month', bought_at)::DATE AS month,
    bought_at >= getvariable('since') AS in_window,
    currency, charge, amount, amount * rate AS value,
    bought_at - lag(bought_at) OVER life AS gap,
    last_value(CASE WHEN charge = 'first_charge' THEN bought_at END IGNORE NULLS) OVER life AS anchor_at,
    last_value(CASE WHEN charge = 'first_charge' THEN product END IGNORE NULLS) OVER life AS anchor_product
FROM (
    SELECT *, timestamp AS bought_at FROM events WHERE event = 'purchase' AND status = 'completed')
JOIN rates USING (currency) WHERE rates.date = bought_at::DATE
WINDOW life AS (PARTITION BY customer_id ORDER BY bought_at);

-- By customer: the whole life, and whether the customer is in the window's scope.
CREATE OR REPLACE TEMP TABLE buyers AS
WITH lives AS (
    SELECT
        customer_id, min(bought_at) AS first_at, count(*) AS purchases, sum(value) AS revenue, bool_or(in_window) AS active,
        count(*) FILTER (in_window) AS window_purchases, sum(value) FILTER (in_window) AS window_revenue
    FROM purchases GROUP BY customer_id),
consents AS (
    SELECT
        customer_id,
        arg_max(valid, timestamp) FILTER (category = 'newsletter') AS email,
        arg_max(valid, timestamp) FILTER (category = 'sms') AS sms
    FROM (
        SELECT *, action = 'accept' AND coalesce(valid_until > getvariable('as_of'), false) AS valid
        FROM events WHERE event = 'consent')
    GROUP BY customer_id)
SELECT
    lives.*, first_at >= getvariable('since') AS acquired, date_trunc('month', first_at)::DATE AS cohort,
    country, coalesce(email, false) AS email, coalesce(sms, false) AS sms
FROM lives LEFT JOIN consents USING (customer_id) LEFT JOIN customers USING (customer_id);

-- By customer and month, so that nothing counts distinct customers of single purchases.
CREATE OR REPLACE TEMP TABLE months AS
SELECT
    months.*, active, acquired, cohort, buyers.purchases AS life_purchases,
    acquired AND cohort = month AS is_new, datediff('month', cohort, month) AS age
FROM (
    SELECT
        customer_id, month, count(*) AS purchases, sum(value) AS revenue,
        count(*) FILTER (in_window) AS window_purchases, sum(value) FILTER (in_window) AS window_revenue
    FROM purchases GROUP BY customer_id, month) AS months
JOIN buyers USING (customer_id)
WHERE active;

-- Charges under the window's first charges, three ways at once. By currency each charge stays in its own.
CREATE OR REPLACE TEMP TABLE charges AS
SELECT
    grouping_id(anchor_product, currency, day) AS grouping, anchor_product AS product, currency, day,
    count(*) FILTER (charge = 'first_charge') AS fc_quantity,
    coalesce(sum(value) FILTER (charge = 'first_charge'), 0) AS fc_value,
    coalesce(sum(amount) FILTER (charge = 'first_charge'), 0) AS fc_native,
    count(*) FILTER (charge = 'upsell') AS upsell_quantity,
    coalesce(sum(value) FILTER (charge = 'upsell'), 0) AS upsell_value,
    coalesce(sum(amount) FILTER (charge = 'upsell'), 0) AS upsell_native,
    count(*) FILTER (charge = 'rebill') AS rebill_quantity,
    coalesce(sum(value) FILTER (charge = 'rebill'), 0) AS rebill_value,
    coalesce(sum(amount) FILTER (charge = 'rebill'), 0) AS rebill_native
FROM (SELECT *, anchor_at::DATE AS day FROM purchases WHERE anchor_at >= getvariable('since'))
GROUP BY GROUPING SETS ((anchor_product), (currency), (day), ());
