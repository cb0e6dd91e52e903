-- As of 2026-06-29T22:00:00Z, window from 2025-06-29T22:00:00.000001Z up to before 2026-06-29T22:00:00.000001Z, timezone Europe/Prague, amounts in EUR, revenue net.
-- Each row is one pass and part: t the total, g a group by the keys k0, k1, ..., c a whole cohort. Of measure 0
-- c0 is the count, b0 the customers that have any, d0 the amount converted, w0 the amount as booked.
--
-- Report headline: Key figures
--   revenue (Revenue)
--   buyers (Buyers)
--   apv (Average purchase value) = revenue / purchases: Revenue divided by purchases.
--   purchase_frequency (Purchase frequency) = purchases / buyers: Purchases divided by buyers.
--   customer_value (Customer value) = apv * purchase_frequency: Average purchase value times purchase frequency.
--   realised_cltv (Realised CLTV) = lifetime_revenue / lifetime_buyers: Revenue over the whole history of the window's buyers, divided by those buyers.
--   projected_cltv (Projected CLTV) = apv * period_frequency * lifespan: Average purchase value times frequency per period times lifespan.
--   retention_rate (Retention rate) = retained_buyers / previous_buyers: Buyers of a period who also bought in the period before it, divided by the buyers of that one.
--   churn_rate (Churn rate) = 1 - retention_rate: One minus the retention rate.
--   lifespan (Lifespan) = 1 / churn_rate: One divided by the churn rate, in retention periods.
--   repurchase_rate (Repurchase rate) = repeat_buyers / lifetime_buyers: The share of the window's buyers with two or more purchases in their whole history.
--   average_gap (Average time between purchases) = gap_days / gaps: Sum of the times between consecutive purchases, divided by their number.
--   median_gap (Median time between purchases)
--   cancellation_rate (Cancellation rate) = canceled_purchases / (purchases + canceled_purchases): Cancelled purchases divided by successful and cancelled ones.
--   pass 0, booked in the window: d0 revenue, revenue; b1 buyers, distinct customers with a purchase; c2 purchases, purchases that count; c11 gap_days, microseconds between purchases one after the other; c12 gaps, pairs of purchases one after the other; c13 median_gap, quantile 0.5 of the microseconds between purchases; c14 canceled_purchases, cancelled purchases
--   pass 1, whole histories of customers who bought in the window: d3 lifetime_gross, revenue before refunds; d4 lifetime_refunds, what was given back; b5 lifetime_buyers, distinct customers with a purchase; b10 repeat_buyers, customers with at least 2 purchases
--   pass 2, booked in the window: c6 period_purchases, purchases in complete periods
--   pass 3, booked in the window: c7 period_buyers, buyers by complete period
--   pass 4, booked in the window: c8 retained_buyers, buyers of a period who had bought in the one before
--   pass 5, booked in the window: c9 previous_buyers, buyers of the periods before
--
-- Report headline#previous: Key figures
--   revenue (Revenue)
--   buyers (Buyers)
--   apv (Average purchase value) = revenue / purchases: Revenue divided by purchases.
--   purchase_frequency (Purchase frequency) = purchases / buyers: Purchases divided by buyers.
--   customer_value (Customer value) = apv * purchase_frequency: Average purchase value times purchase frequency.
--   realised_cltv (Realised CLTV) = lifetime_revenue / lifetime_buyers: Revenue over the whole history of the window's buyers, divided by those buyers.
--   projected_cltv (Projected CLTV) = apv * period_frequency * lifespan: Average purchase value times frequency per period times lifespan.
--   retention_rate (Retention rate) = retained_buyers / previous_buyers: Buyers of a period who also bought in the period before it, divided by the buyers of that one.
--   churn_rate (Churn rate) = 1 - retention_rate: One minus the retention rate.
--   lifespan (Lifespan) = 1 / churn_rate: One divided by the churn rate, in retention periods.
--   repurchase_rate (Repurchase rate) = repeat_buyers / lifetime_buyers: The share of the window's buyers with two or more purchases in their whole history.
--   average_gap (Average time between purchases) = gap_days / gaps: Sum of the times between consecutive purchases, divided by their number.
--   median_gap (Median time between purchases)
--   cancellation_rate (Cancellation rate) = canceled_purchases / (purchases + canceled_purchases): Cancelled purchases divided by successful and cancelled ones.
--   pass 6, booked in the window: d0 revenue, revenue; b1 buyers, distinct customers with a purchase; c2 purchases, purchases that count; c11 gap_days, microseconds between purchases one after the other; c12 gaps, pairs of purchases one after the other; c13 median_gap, quantile 0.5 of the microseconds between purchases; c14 canceled_purchases, cancelled purchases
--   pass 7, whole histories of customers who bought in the window: d3 lifetime_gross, revenue before refunds; d4 lifetime_refunds, what was given back; b5 lifetime_buyers, distinct customers with a purchase; b10 repeat_buyers, customers with at least 2 purchases
--   pass 8, booked in the window: c6 period_purchases, purchases in complete periods
--   pass 9, booked in the window: c7 period_buyers, buyers by complete period
--   pass 10, booked in the window: c8 retained_buyers, buyers of a period who had bought in the one before
--   pass 11, booked in the window: c9 previous_buyers, buyers of the periods before
--
-- Report headline#course: Key figures
--   revenue (Revenue)
--   buyers (Buyers)
--   apv (Average purchase value) = revenue / purchases: Revenue divided by purchases.
--   purchase_frequency (Purchase frequency) = purchases / buyers: Purchases divided by buyers.
--   customer_value (Customer value) = apv * purchase_frequency: Average purchase value times purchase frequency.
--   realised_cltv (Realised CLTV) = lifetime_revenue / lifetime_buyers: Revenue over the whole history of the window's buyers, divided by those buyers.
--   projected_cltv (Projected CLTV) = apv * period_frequency * lifespan: Average purchase value times frequency per period times lifespan.
--   retention_rate (Retention rate) = retained_buyers / previous_buyers: Buyers of a period who also bought in the period before it, divided by the buyers of that one.
--   churn_rate (Churn rate) = 1 - retention_rate: One minus the retention rate.
--   lifespan (Lifespan) = 1 / churn_rate: One divided by the churn rate, in retention periods.
--   repurchase_rate (Repurchase rate) = repeat_buyers / lifetime_buyers: The share of the window's buyers with two or more purchases in their whole history.
--   average_gap (Average time between purchases) = gap_days / gaps: Sum of the times between consecutive purchases, divided by their number.
--   median_gap (Median time between purchases)
--   cancellation_rate (Cancellation rate) = canceled_purchases / (purchases + canceled_purchases): Cancelled purchases divided by successful and cancelled ones.
--   k0: month of the booking
--   pass 12, booked in the window: d0 revenue, revenue; b1 buyers, distinct customers with a purchase; c2 purchases, purchases that count; c11 gap_days, microseconds between purchases one after the other; c12 gaps, pairs of purchases one after the other; c13 median_gap, quantile 0.5 of the microseconds between purchases; c14 canceled_purchases, cancelled purchases
--   pass 13, whole histories of customers who bought in the window: d3 lifetime_gross, revenue before refunds; d4 lifetime_refunds, what was given back; b5 lifetime_buyers, distinct customers with a purchase; b10 repeat_buyers, customers with at least 2 purchases
--   pass 14, booked in the window: c6 period_purchases, purchases in complete periods
--   pass 15, booked in the window: c7 period_buyers, buyers by complete period
--   pass 16, booked in the window: c8 retained_buyers, buyers of a period who had bought in the one before
--   pass 17, booked in the window: c9 previous_buyers, buyers of the periods before
WITH
-- the rows of purchases, every state of each; from here on customers stay together
purchase_rows AS (
  SELECT customer,
    at,
    seq,
    CAST(a0 AS STRING) AS key,
    CAST(NULL AS STRING) AS parent,
    a3 AS a_currency,
    a1 AS a_purchase_status,
    a2 AS a_total_price,
    COALESCE(a2 < 0, FALSE) AS is_below_zero,
    STRUCT(a5, a3, a7, a4, a0, a1, a6, a2, a9, a8) AS content
  FROM (
    SELECT customer, at, CAST(ROW_NUMBER() OVER (PARTITION BY customer ORDER BY at, came, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9) AS BIGINT) AS seq, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9
    FROM (
      SELECT customer, at, STRUCT(1 AS source, ord) AS came, CAST(v0 AS STRING) AS a0, CAST(v1 AS STRING) AS a1, CAST(v2 AS DECIMAL(28, 2)) AS a2, CAST(v3 AS STRING) AS a3, CAST(v4 AS STRING) AS a4, CAST(v5 AS STRING) AS a5, CAST(v6 AS STRING) AS a6, CAST(v7 AS STRING) AS a7, CAST(v8 AS STRING) AS a8, CAST(v9 AS STRING) AS a9
      FROM (
        SELECT COALESCE(CAST(`customer_id` AS STRING), CAST(RAISE_ERROR('source \'orders\': a row has no customer: without_customer: skip leaves such rows out') AS STRING)) AS customer,
          COALESCE(UNIX_MICROS(`ordered_at`), CAST(RAISE_ERROR('source \'orders\': a row has no timestamp: \'ordered_at\' is empty') AS BIGINT)) AS at,
          CAST(UNIX_MICROS(`ingested_at`) AS DECIMAL(38, 9)) AS ord,
          NULLIF(`id`, '') AS v0,
          NULLIF(`status`, '') AS v1,
          CAST(`total` AS DECIMAL(28, 2)) AS v2,
          NULLIF(`currency`, '') AS v3,
          NULLIF(`product`, '') AS v4,
          NULLIF(`kind`, '') AS v5,
          NULLIF(`subscription`, '') AS v6,
          NULLIF(`plan`, '') AS v7,
          NULLIF(`utm`.`source`, '') AS v8,
          NULLIF(`utm`.`campaign`, '') AS v9
        FROM `shop`.`orders`
        WHERE COALESCE(CAST(`is_test` AS STRING) IN ('false'), FALSE)
      )
    )
  )
  DISTRIBUTE BY customer
),
-- each purchase with its newest state not after as_of, the instant of its first row, and what rows below zero give back
purchase_states AS (
  SELECT customer, key, first.at AS at, first.seq AS seq, newest.parent AS parent,
    given_back, newest.a_currency AS a_currency, newest.a_purchase_status AS a_purchase_status, newest.a_total_price AS a_total_price
  FROM (
    SELECT customer, key, MIN(CASE WHEN at <= 1782770400000000L AND NOT gives_back THEN STRUCT(at, seq) END) AS first,
      MAX(CASE WHEN at <= 1782770400000000L AND NOT gives_back THEN STRUCT(at, seq, parent, a_currency, a_purchase_status, a_total_price) END) AS newest,
      COLLECT_LIST(CASE WHEN gives_back AND at <= 1782770400000000L THEN
    NAMED_STRUCT('at', at, 'amount', CAST(ABS(COALESCE(a_total_price, 0)) AS DECIMAL(36, 2)), 'currency', a_currency) END) AS given_back
    FROM (
    SELECT *, key IS NOT NULL AND is_below_zero
      AND BOOL_OR(NOT is_below_zero) OVER (PARTITION BY customer, key) AS gives_back
    FROM (
    SELECT *
    FROM (
      SELECT *, ROW_NUMBER() OVER (PARTITION BY customer, key, at, content ORDER BY seq) AS copy
      FROM purchase_rows
    )
    WHERE copy = 1 OR key IS NULL
  )
  )
    GROUP BY customer, key, CASE WHEN key IS NULL THEN seq END
  )
),
-- their amounts, currencies and segments; which of them are test orders
purchase_worth AS (
  SELECT p.*,
    CAST(COALESCE(p.a_total_price, 0) AS DECIMAL(36, 2)) AS amount,
    COALESCE(p.a_currency, 'EUR') AS currency,
    CASE WHEN COALESCE(p.a_purchase_status IN ('success'), FALSE) THEN 1 WHEN COALESCE(p.a_purchase_status IN ('canceled', 'returned'), FALSE) THEN 2 ELSE 0 END AS e_1,
    FALSE AS is_excluded
  FROM purchase_states p
  WHERE p.at IS NOT NULL
),
-- s: successful, c: cancelled, u: neither; which of them count, and what kind of charge each is
purchases AS (
  SELECT p.customer, p.key, p.at, p.seq, p.parent, p.amount, p.currency, p.given_back, p.a_currency, p.a_purchase_status, p.a_total_price, p.e_1,
    p.e_1 IN (1) AND p.amount >= 0 AS counts,
    CASE WHEN p.e_1 IN (1) THEN 's' WHEN p.e_1 IN (2) THEN 'c' ELSE 'u' END AS state,
    CAST(NULL AS STRING) AS charge,
    ROW_NUMBER() OVER (PARTITION BY p.customer ORDER BY p.at, p.seq, p.key) AS ordinal
  FROM purchase_worth p
  WHERE NOT p.is_excluded
),
-- n: which one it is of those that count; previous_at: the one before
purchase_facts AS (
  SELECT p.*,
    ROW_NUMBER() OVER (PARTITION BY p.customer, p.counts ORDER BY p.at, p.ordinal) AS n,
    LAG(p.at) OVER (PARTITION BY p.customer, p.counts ORDER BY p.at, p.ordinal) AS previous_at
  FROM purchases p
),
-- into the display currency, from a day until before another
rates AS (
  SELECT * FROM VALUES
    ('EUR', -10000000, 10000000, CAST(CAST('1' AS DECIMAL(1, 0)) AS DECIMAL(1, 0)))
    AS rates(currency, first_day, end_day, rate)
),
-- orders, what was given back on them, and cancelled purchases; display is null without a rate
bookings AS (
  SELECT b.customer, b.key, b.at, b.ordinal, b.currency, b.counts, b.charge, b.n, b.previous_at, b.a_currency, b.a_purchase_status, b.a_total_price, b.e_1,
    b.booking.kind,
    b.booking.booked_at,
    b.booking.booked,
    b.booking.booked_currency,
    b.booking.kind = 'order' AND b.counts AS is_purchase,
    DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(b.booking.booked_at), 'Europe/Prague')), DATE'1970-01-01') AS rate_day,
    CAST(b.booking.booked * rates.rate AS DECIMAL(38, 2)) AS display,
    CAST(b.booking.booked * rates.rate AS DECIMAL(38, 2)) AS in_segment_currency
  FROM (
    SELECT p.customer, p.key, p.at, p.ordinal, p.currency, p.counts, p.charge, p.n, p.previous_at, p.a_currency, p.a_purchase_status, p.a_total_price, p.e_1,
      EXPLODE(CONCAT(ARRAY(NAMED_STRUCT('kind', CASE p.state WHEN 's' THEN 'order' ELSE 'canceled' END, 'booked_at', p.at, 'booked', CAST(p.amount AS DECIMAL(36, 2)), 'booked_currency', p.currency)),
        CASE WHEN p.state = 's' THEN TRANSFORM(p.given_back, g -> NAMED_STRUCT('kind', 'refund', 'booked_at', p.at, 'booked', CAST(g.amount AS DECIMAL(36, 2)), 'booked_currency', COALESCE(g.currency, p.currency))) ELSE ARRAY() END)) AS booking
    FROM purchase_facts p
    WHERE p.state IN ('s', 'c')
  ) b
  LEFT JOIN rates ON rates.currency = b.booking.booked_currency AND DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(b.booking.booked_at), 'Europe/Prague')), DATE'1970-01-01') >= rates.first_day AND DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(b.booking.booked_at), 'Europe/Prague')), DATE'1970-01-01') < rates.end_day
),
-- each booking with its customer's whole history
histories AS (
  SELECT b.*,
    at AS own_at,
    booked_at AS grouped_at,
    currency AS home_currency,
    CAST(SUM(CASE kind WHEN 'order' THEN in_segment_currency WHEN 'refund' THEN -in_segment_currency ELSE 0 END) OVER (PARTITION BY customer) AS DECIMAL(38, 2)) AS revenue,
    MAX(CASE WHEN in_segment_currency IS NULL AND kind <> 'canceled' THEN CONCAT(booked_currency, ' ', CAST(rate_day AS STRING)) END) OVER (PARTITION BY customer) AS missing_segment_rate,
    COUNT_IF(is_purchase) OVER (PARTITION BY customer) AS purchases,
    COUNT_IF(kind = 'canceled') OVER (PARTITION BY customer) AS canceled,
    MIN(CASE WHEN is_purchase THEN at END) OVER (PARTITION BY customer) AS first_at,
    MIN(CASE WHEN is_purchase AND n = 2 THEN at END) OVER (PARTITION BY customer) AS second_at,
    MAX(CASE WHEN is_purchase THEN at END) OVER (PARTITION BY customer) AS last_at,
    BOOL_OR(is_purchase AND at >= 1751234400000001L AND at < 1782770400000001L) OVER (PARTITION BY customer) AS is_active,
    BOOL_OR(is_purchase AND at >= 1719698400000001L AND at < 1751234400000001L) OVER (PARTITION BY customer) AS is_active2
  FROM bookings b
),
-- properties of customers; the newest row of each customer counts
properties AS (
  SELECT customer, newest.c_newsletter AS c_newsletter
  FROM (
    SELECT customer, MAX(STRUCT(seq, c_newsletter)) AS newest
    FROM (SELECT customer, seq, a1 AS c_newsletter FROM (
    SELECT customer, 0L AS seq, MAX(CASE WHEN a0 IS NOT NULL THEN STRUCT(said, a0) END).a0 AS a0, MAX(CASE WHEN a1 IS NOT NULL THEN STRUCT(said, a1) END).a1 AS a1
    FROM (
      SELECT customer, STRUCT(0 AS source, ord, at) AS said, CAST(v0 AS STRING) AS a0, CAST(v1 AS STRING) AS a1
      FROM (
        SELECT COALESCE(CAST(`id` AS STRING), CAST(RAISE_ERROR('source \'customers\': a row has no customer: without_customer: skip leaves such rows out') AS STRING)) AS customer,
          CAST(NULL AS BIGINT) AS at,
          CAST(NULL AS DECIMAL(38, 9)) AS ord,
          NULLIF(`country`, '') AS v0,
          CAST(`newsletter` AS STRING) AS v1
        FROM `shop`.`customers`
      )
    )
    GROUP BY customer
  ))
    GROUP BY customer
  )
),
-- with properties and consents
known AS (
  SELECT b.*,
    c.c_newsletter
  FROM histories b
  LEFT JOIN properties c ON c.customer = b.customer
),
-- with segments by position, 0 for the remainder
booking_facts AS (
  SELECT r.*,
    CASE WHEN (COALESCE(CAST(r.purchases AS DECIMAL(20, 0)) >= CAST('1' AS DECIMAL(1, 0)), FALSE) AND COALESCE(r.c_newsletter IN ('true'), FALSE)) THEN 1 WHEN COALESCE(CAST(r.purchases AS DECIMAL(20, 0)) >= CAST('1' AS DECIMAL(1, 0)), FALSE) THEN 2 ELSE 0 END AS s_retention,
    CASE WHEN COALESCE(r.c_newsletter IN ('true'), FALSE) THEN 1 ELSE 0 END AS s_2,
    CASE WHEN FALSE THEN 1 ELSE 0 END AS s_3
  FROM known r
),
-- with counts of the customer's bookings
facts AS (
  SELECT r.*,
    COUNT_IF((r.is_active) AND r.is_purchase) OVER (PARTITION BY r.customer) AS count1,
    COUNT_IF((r.is_active2) AND r.is_purchase) OVER (PARTITION BY r.customer) AS count2
  FROM booking_facts r
),
-- a row for each pass a booking is in: its groups (kc: the cohort), and what it adds
passes AS (
  SELECT customer, p.*
  FROM (
    SELECT r.customer, EXPLODE(ARRAY(
      CASE WHEN r.booked_at >= 1751234400000001L AND r.booked_at < 1782770400000001L
        THEN NAMED_STRUCT('pass', 0,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(NULL AS INT),
          'd0', CAST(CASE WHEN r.kind <> 'canceled' THEN CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END END AS DECIMAL(38, 2)),
          'c1', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c2', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(CASE WHEN r.is_purchase AND r.previous_at IS NOT NULL THEN r.own_at - r.previous_at END AS BIGINT),
          'c12', CAST(CASE WHEN r.is_purchase AND r.previous_at IS NOT NULL THEN 1 ELSE 0 END AS BIGINT),
          'c13', CAST(CASE WHEN r.is_purchase AND r.previous_at IS NOT NULL THEN r.own_at - r.previous_at END AS BIGINT),
          'c14', CAST(CASE WHEN r.kind = 'canceled' THEN 1 ELSE 0 END AS BIGINT),
          'missing_rate', CAST(CASE WHEN r.kind <> 'canceled' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) END AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN r.is_active
        THEN NAMED_STRUCT('pass', 1,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(NULL AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(CASE WHEN r.kind = 'order' THEN r.display END AS DECIMAL(38, 2)),
          'd4', CAST(CASE WHEN r.kind = 'refund' THEN r.display END AS DECIMAL(38, 2)),
          'c5', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(CASE WHEN r.is_purchase AND r.count1 >= 2 THEN 1 ELSE 0 END AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(CASE WHEN r.kind = 'order' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) WHEN r.kind = 'refund' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) END AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN TRUE AND r.is_purchase
        THEN NAMED_STRUCT('pass', 2,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(NULL AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN TRUE AND r.is_purchase
        THEN NAMED_STRUCT('pass', 3,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(NULL AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN TRUE AND r.is_purchase
        THEN NAMED_STRUCT('pass', 4,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(NULL AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN TRUE AND r.is_purchase
        THEN NAMED_STRUCT('pass', 5,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(NULL AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN r.booked_at >= 1719698400000001L AND r.booked_at < 1751234400000001L
        THEN NAMED_STRUCT('pass', 6,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(NULL AS INT),
          'd0', CAST(CASE WHEN r.kind <> 'canceled' THEN CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END END AS DECIMAL(38, 2)),
          'c1', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c2', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(CASE WHEN r.is_purchase AND r.previous_at IS NOT NULL THEN r.own_at - r.previous_at END AS BIGINT),
          'c12', CAST(CASE WHEN r.is_purchase AND r.previous_at IS NOT NULL THEN 1 ELSE 0 END AS BIGINT),
          'c13', CAST(CASE WHEN r.is_purchase AND r.previous_at IS NOT NULL THEN r.own_at - r.previous_at END AS BIGINT),
          'c14', CAST(CASE WHEN r.kind = 'canceled' THEN 1 ELSE 0 END AS BIGINT),
          'missing_rate', CAST(CASE WHEN r.kind <> 'canceled' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) END AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN r.is_active2
        THEN NAMED_STRUCT('pass', 7,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(NULL AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(CASE WHEN r.kind = 'order' THEN r.display END AS DECIMAL(38, 2)),
          'd4', CAST(CASE WHEN r.kind = 'refund' THEN r.display END AS DECIMAL(38, 2)),
          'c5', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(CASE WHEN r.is_purchase AND r.count2 >= 2 THEN 1 ELSE 0 END AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(CASE WHEN r.kind = 'order' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) WHEN r.kind = 'refund' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) END AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN TRUE AND r.is_purchase
        THEN NAMED_STRUCT('pass', 8,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(NULL AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN TRUE AND r.is_purchase
        THEN NAMED_STRUCT('pass', 9,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(NULL AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN TRUE AND r.is_purchase
        THEN NAMED_STRUCT('pass', 10,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(NULL AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN TRUE AND r.is_purchase
        THEN NAMED_STRUCT('pass', 11,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(NULL AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN r.booked_at >= 1751234400000001L AND r.booked_at < 1782770400000001L
        THEN NAMED_STRUCT('pass', 12,
          'k0', CAST(CONCAT('b', CAST(((YEAR(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague'))) - 1970) * 12 + MONTH(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague'))) - 1) AS STRING)) AS STRING),
          'is_grouped', CONCAT('b', CAST(((YEAR(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague'))) - 1970) * 12 + MONTH(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague'))) - 1) AS STRING)) IS NOT NULL,
          'kc', CAST(NULL AS STRING),
          'period', CAST(NULL AS INT),
          'd0', CAST(CASE WHEN r.kind <> 'canceled' THEN CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END END AS DECIMAL(38, 2)),
          'c1', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c2', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(CASE WHEN r.is_purchase AND r.previous_at IS NOT NULL THEN r.own_at - r.previous_at END AS BIGINT),
          'c12', CAST(CASE WHEN r.is_purchase AND r.previous_at IS NOT NULL THEN 1 ELSE 0 END AS BIGINT),
          'c13', CAST(CASE WHEN r.is_purchase AND r.previous_at IS NOT NULL THEN r.own_at - r.previous_at END AS BIGINT),
          'c14', CAST(CASE WHEN r.kind = 'canceled' THEN 1 ELSE 0 END AS BIGINT),
          'missing_rate', CAST(CASE WHEN r.kind <> 'canceled' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) END AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN r.is_active
        THEN NAMED_STRUCT('pass', 13,
          'k0', CAST(CONCAT('b', CAST(((YEAR(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague'))) - 1970) * 12 + MONTH(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague'))) - 1) AS STRING)) AS STRING),
          'is_grouped', CONCAT('b', CAST(((YEAR(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague'))) - 1970) * 12 + MONTH(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague'))) - 1) AS STRING)) IS NOT NULL,
          'kc', CAST(NULL AS STRING),
          'period', CAST(NULL AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(CASE WHEN r.kind = 'order' THEN r.display END AS DECIMAL(38, 2)),
          'd4', CAST(CASE WHEN r.kind = 'refund' THEN r.display END AS DECIMAL(38, 2)),
          'c5', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(CASE WHEN r.is_purchase AND r.count1 >= 2 THEN 1 ELSE 0 END AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(CASE WHEN r.kind = 'order' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) WHEN r.kind = 'refund' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) END AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN TRUE AND r.is_purchase
        THEN NAMED_STRUCT('pass', 14,
          'k0', CAST('' AS STRING),
          'is_grouped', '' IS NOT NULL,
          'kc', CAST(NULL AS STRING),
          'period', CAST(((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(NULL AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN TRUE AND r.is_purchase
        THEN NAMED_STRUCT('pass', 15,
          'k0', CAST('' AS STRING),
          'is_grouped', '' IS NOT NULL,
          'kc', CAST(NULL AS STRING),
          'period', CAST(((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(NULL AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN TRUE AND r.is_purchase
        THEN NAMED_STRUCT('pass', 16,
          'k0', CAST('' AS STRING),
          'is_grouped', '' IS NOT NULL,
          'kc', CAST(NULL AS STRING),
          'period', CAST(((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c9', CAST(NULL AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(NULL AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN TRUE AND r.is_purchase
        THEN NAMED_STRUCT('pass', 17,
          'k0', CAST('' AS STRING),
          'is_grouped', '' IS NOT NULL,
          'kc', CAST(NULL AS STRING),
          'period', CAST(((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS INT),
          'd0', CAST(NULL AS DECIMAL(38, 2)),
          'c1', CAST(NULL AS BIGINT),
          'c2', CAST(NULL AS BIGINT),
          'd3', CAST(NULL AS DECIMAL(38, 2)),
          'd4', CAST(NULL AS DECIMAL(38, 2)),
          'c5', CAST(NULL AS BIGINT),
          'c6', CAST(NULL AS BIGINT),
          'c7', CAST(NULL AS BIGINT),
          'c8', CAST(NULL AS BIGINT),
          'c9', CAST(CASE WHEN r.is_purchase THEN 1 ELSE 0 END AS BIGINT),
          'c10', CAST(NULL AS BIGINT),
          'c11', CAST(NULL AS BIGINT),
          'c12', CAST(NULL AS BIGINT),
          'c13', CAST(NULL AS BIGINT),
          'c14', CAST(NULL AS BIGINT),
          'missing_rate', CAST(NULL AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END
    )) AS p
    FROM facts r
  )
  WHERE p IS NOT NULL
),
-- t: the total, g: the group, c: the cohort
parts AS (
  SELECT customer, pass, part, CASE part WHEN 'g' THEN k0 WHEN 'c' THEN kc END AS k0, period, d0, c1, c2, d3, d4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, missing_rate, mixed_currency
  FROM (
    SELECT *, EXPLODE(ARRAY('t', CASE WHEN is_grouped THEN 'g' END, CASE WHEN kc IS NOT NULL THEN 'c' END)) AS part
    FROM passes
  )
  WHERE part IS NOT NULL
),
-- by customer, group and period
customer_sums AS (
  SELECT customer, pass, part, k0, period, SUM(d0) AS d0, SUM(c1) AS c1, SUM(c2) AS c2, SUM(d3) AS d3, SUM(d4) AS d4, SUM(c5) AS c5, SUM(c6) AS c6, SUM(c7) AS c7, SUM(c8) AS c8, SUM(c9) AS c9, SUM(c10) AS c10, SUM(c11) AS c11, SUM(c12) AS c12, SUM(c13) AS c13, SUM(c14) AS c14,
    MAX(missing_rate) AS missing_rate, MAX(mixed_currency) AS mixed_currency
  FROM parts
  GROUP BY customer, pass, part, k0, period
),
-- complete periods; before: the period of the customer's purchases before
period_sums AS (
  SELECT pass,
    part,
    CASE WHEN part = 'g' THEN CASE pass WHEN 14 THEN CONCAT('b', CAST(((YEAR(ADD_MONTHS(DATE'1970-01-01', (period))) - 1970) * 12 + MONTH(ADD_MONTHS(DATE'1970-01-01', (period))) - 1) AS STRING)) WHEN 15 THEN CONCAT('b', CAST(((YEAR(ADD_MONTHS(DATE'1970-01-01', (period))) - 1970) * 12 + MONTH(ADD_MONTHS(DATE'1970-01-01', (period))) - 1) AS STRING)) WHEN 16 THEN CONCAT('b', CAST(((YEAR(ADD_MONTHS(DATE'1970-01-01', (period))) - 1970) * 12 + MONTH(ADD_MONTHS(DATE'1970-01-01', (period))) - 1) AS STRING)) WHEN 17 THEN CONCAT('b', CAST(((YEAR(ADD_MONTHS(DATE'1970-01-01', (period + 1))) - 1970) * 12 + MONTH(ADD_MONTHS(DATE'1970-01-01', (period + 1))) - 1) AS STRING)) ELSE k0 END ELSE k0 END AS k0,
    d0,
    c1,
    c2,
    d3,
    d4,
    c5,
    CASE pass WHEN 2 THEN c6 WHEN 8 THEN c6 WHEN 14 THEN c6 ELSE c6 END AS c6,
    CASE pass WHEN 3 THEN 1 WHEN 9 THEN 1 WHEN 15 THEN 1 ELSE c7 END AS c7,
    CASE pass WHEN 4 THEN CASE WHEN before = period - 1 THEN 1 ELSE 0 END WHEN 10 THEN CASE WHEN before = period - 1 THEN 1 ELSE 0 END WHEN 16 THEN CASE WHEN before = period - 1 THEN 1 ELSE 0 END ELSE c8 END AS c8,
    CASE pass WHEN 5 THEN 1 WHEN 11 THEN 1 WHEN 17 THEN 1 ELSE c9 END AS c9,
    c10,
    c11,
    c12,
    c13,
    c14, missing_rate, mixed_currency
  FROM (
    SELECT *, LAG(period) OVER (PARTITION BY customer, pass, part, k0 ORDER BY period) AS before
    FROM customer_sums
  )
  WHERE CASE pass WHEN 2 THEN period BETWEEN 666 AND 676 WHEN 3 THEN period BETWEEN 666 AND 676 WHEN 4 THEN period BETWEEN 666 AND 676 WHEN 5 THEN period + 1 BETWEEN 666 AND 676 WHEN 8 THEN period BETWEEN 654 AND 664 WHEN 9 THEN period BETWEEN 654 AND 664 WHEN 10 THEN period BETWEEN 654 AND 664 WHEN 11 THEN period + 1 BETWEEN 654 AND 664 WHEN 14 THEN period BETWEEN 666 AND 676 WHEN 15 THEN period BETWEEN 666 AND 676 WHEN 16 THEN period BETWEEN 666 AND 676 WHEN 17 THEN period + 1 BETWEEN 666 AND 676 ELSE TRUE END
)
SELECT CAST(pass AS STRING) AS pass,
  part AS part,
  k0,
  CAST(NULL AS STRING) AS c0,
  CAST(NULL AS STRING) AS b0,
  CAST(SUM(d0) AS STRING) AS d0,
  CAST(NULL AS STRING) AS w0,
  CAST(SUM(c1) AS STRING) AS c1,
  CAST(COUNT_IF(c1 > 0) AS STRING) AS b1,
  CAST(NULL AS STRING) AS d1,
  CAST(NULL AS STRING) AS w1,
  CAST(SUM(c2) AS STRING) AS c2,
  CAST(COUNT_IF(c2 > 0) AS STRING) AS b2,
  CAST(NULL AS STRING) AS d2,
  CAST(NULL AS STRING) AS w2,
  CAST(NULL AS STRING) AS c3,
  CAST(NULL AS STRING) AS b3,
  CAST(SUM(d3) AS STRING) AS d3,
  CAST(NULL AS STRING) AS w3,
  CAST(NULL AS STRING) AS c4,
  CAST(NULL AS STRING) AS b4,
  CAST(SUM(d4) AS STRING) AS d4,
  CAST(NULL AS STRING) AS w4,
  CAST(SUM(c5) AS STRING) AS c5,
  CAST(COUNT_IF(c5 > 0) AS STRING) AS b5,
  CAST(NULL AS STRING) AS d5,
  CAST(NULL AS STRING) AS w5,
  CAST(SUM(c6) AS STRING) AS c6,
  CAST(COUNT_IF(c6 > 0) AS STRING) AS b6,
  CAST(NULL AS STRING) AS d6,
  CAST(NULL AS STRING) AS w6,
  CAST(SUM(c7) AS STRING) AS c7,
  CAST(COUNT_IF(c7 > 0) AS STRING) AS b7,
  CAST(NULL AS STRING) AS d7,
  CAST(NULL AS STRING) AS w7,
  CAST(SUM(c8) AS STRING) AS c8,
  CAST(COUNT_IF(c8 > 0) AS STRING) AS b8,
  CAST(NULL AS STRING) AS d8,
  CAST(NULL AS STRING) AS w8,
  CAST(SUM(c9) AS STRING) AS c9,
  CAST(COUNT_IF(c9 > 0) AS STRING) AS b9,
  CAST(NULL AS STRING) AS d9,
  CAST(NULL AS STRING) AS w9,
  CAST(SUM(c10) AS STRING) AS c10,
  CAST(COUNT_IF(c10 > 0) AS STRING) AS b10,
  CAST(NULL AS STRING) AS d10,
  CAST(NULL AS STRING) AS w10,
  CAST(SUM(c11) AS STRING) AS c11,
  CAST(COUNT_IF(c11 > 0) AS STRING) AS b11,
  CAST(NULL AS STRING) AS d11,
  CAST(NULL AS STRING) AS w11,
  CAST(SUM(c12) AS STRING) AS c12,
  CAST(COUNT_IF(c12 > 0) AS STRING) AS b12,
  CAST(NULL AS STRING) AS d12,
  CAST(NULL AS STRING) AS w12,
  CAST(SUM(c13) AS STRING) AS c13,
  CAST(COUNT_IF(c13 > 0) AS STRING) AS b13,
  CAST(NULL AS STRING) AS d13,
  CAST(NULL AS STRING) AS w13,
  CAST(SUM(c14) AS STRING) AS c14,
  CAST(COUNT_IF(c14 > 0) AS STRING) AS b14,
  CAST(NULL AS STRING) AS d14,
  CAST(NULL AS STRING) AS w14,
  MAX(missing_rate) AS missing_rate, MAX(mixed_currency) AS mixed_currency
FROM period_sums
GROUP BY pass, part, k0
UNION ALL
SELECT CAST(pass AS STRING) AS pass,
  CONCAT(part, 'q') AS part,
  k0,
  CAST(NULL AS STRING) AS c0,
  CAST(NULL AS STRING) AS b0,
  CAST(NULL AS STRING) AS d0,
  CAST(NULL AS STRING) AS w0,
  CAST(NULL AS STRING) AS c1,
  CAST(NULL AS STRING) AS b1,
  CAST(NULL AS STRING) AS d1,
  CAST(NULL AS STRING) AS w1,
  CAST(NULL AS STRING) AS c2,
  CAST(NULL AS STRING) AS b2,
  CAST(NULL AS STRING) AS d2,
  CAST(NULL AS STRING) AS w2,
  CAST(NULL AS STRING) AS c3,
  CAST(NULL AS STRING) AS b3,
  CAST(NULL AS STRING) AS d3,
  CAST(NULL AS STRING) AS w3,
  CAST(NULL AS STRING) AS c4,
  CAST(NULL AS STRING) AS b4,
  CAST(NULL AS STRING) AS d4,
  CAST(NULL AS STRING) AS w4,
  CAST(NULL AS STRING) AS c5,
  CAST(NULL AS STRING) AS b5,
  CAST(NULL AS STRING) AS d5,
  CAST(NULL AS STRING) AS w5,
  CAST(NULL AS STRING) AS c6,
  CAST(NULL AS STRING) AS b6,
  CAST(NULL AS STRING) AS d6,
  CAST(NULL AS STRING) AS w6,
  CAST(NULL AS STRING) AS c7,
  CAST(NULL AS STRING) AS b7,
  CAST(NULL AS STRING) AS d7,
  CAST(NULL AS STRING) AS w7,
  CAST(NULL AS STRING) AS c8,
  CAST(NULL AS STRING) AS b8,
  CAST(NULL AS STRING) AS d8,
  CAST(NULL AS STRING) AS w8,
  CAST(NULL AS STRING) AS c9,
  CAST(NULL AS STRING) AS b9,
  CAST(NULL AS STRING) AS d9,
  CAST(NULL AS STRING) AS w9,
  CAST(NULL AS STRING) AS c10,
  CAST(NULL AS STRING) AS b10,
  CAST(NULL AS STRING) AS d10,
  CAST(NULL AS STRING) AS w10,
  CAST(NULL AS STRING) AS c11,
  CAST(NULL AS STRING) AS b11,
  CAST(NULL AS STRING) AS d11,
  CAST(NULL AS STRING) AS w11,
  CAST(NULL AS STRING) AS c12,
  CAST(NULL AS STRING) AS b12,
  CAST(NULL AS STRING) AS d12,
  CAST(NULL AS STRING) AS w12,
  CAST(PERCENTILE(c13, 0.5D) AS STRING) AS c13,
  CAST(NULL AS STRING) AS b13,
  CAST(NULL AS STRING) AS d13,
  CAST(NULL AS STRING) AS w13,
  CAST(NULL AS STRING) AS c14,
  CAST(NULL AS STRING) AS b14,
  CAST(NULL AS STRING) AS d14,
  CAST(NULL AS STRING) AS w14,
  CAST(NULL AS STRING), CAST(NULL AS STRING)
FROM parts
WHERE pass = 0
GROUP BY pass, part, k0
UNION ALL
SELECT CAST(pass AS STRING) AS pass,
  CONCAT(part, 'q') AS part,
  k0,
  CAST(NULL AS STRING) AS c0,
  CAST(NULL AS STRING) AS b0,
  CAST(NULL AS STRING) AS d0,
  CAST(NULL AS STRING) AS w0,
  CAST(NULL AS STRING) AS c1,
  CAST(NULL AS STRING) AS b1,
  CAST(NULL AS STRING) AS d1,
  CAST(NULL AS STRING) AS w1,
  CAST(NULL AS STRING) AS c2,
  CAST(NULL AS STRING) AS b2,
  CAST(NULL AS STRING) AS d2,
  CAST(NULL AS STRING) AS w2,
  CAST(NULL AS STRING) AS c3,
  CAST(NULL AS STRING) AS b3,
  CAST(NULL AS STRING) AS d3,
  CAST(NULL AS STRING) AS w3,
  CAST(NULL AS STRING) AS c4,
  CAST(NULL AS STRING) AS b4,
  CAST(NULL AS STRING) AS d4,
  CAST(NULL AS STRING) AS w4,
  CAST(NULL AS STRING) AS c5,
  CAST(NULL AS STRING) AS b5,
  CAST(NULL AS STRING) AS d5,
  CAST(NULL AS STRING) AS w5,
  CAST(NULL AS STRING) AS c6,
  CAST(NULL AS STRING) AS b6,
  CAST(NULL AS STRING) AS d6,
  CAST(NULL AS STRING) AS w6,
  CAST(NULL AS STRING) AS c7,
  CAST(NULL AS STRING) AS b7,
  CAST(NULL AS STRING) AS d7,
  CAST(NULL AS STRING) AS w7,
  CAST(NULL AS STRING) AS c8,
  CAST(NULL AS STRING) AS b8,
  CAST(NULL AS STRING) AS d8,
  CAST(NULL AS STRING) AS w8,
  CAST(NULL AS STRING) AS c9,
  CAST(NULL AS STRING) AS b9,
  CAST(NULL AS STRING) AS d9,
  CAST(NULL AS STRING) AS w9,
  CAST(NULL AS STRING) AS c10,
  CAST(NULL AS STRING) AS b10,
  CAST(NULL AS STRING) AS d10,
  CAST(NULL AS STRING) AS w10,
  CAST(NULL AS STRING) AS c11,
  CAST(NULL AS STRING) AS b11,
  CAST(NULL AS STRING) AS d11,
  CAST(NULL AS STRING) AS w11,
  CAST(NULL AS STRING) AS c12,
  CAST(NULL AS STRING) AS b12,
  CAST(NULL AS STRING) AS d12,
  CAST(NULL AS STRING) AS w12,
  CAST(PERCENTILE(c13, 0.5D) AS STRING) AS c13,
  CAST(NULL AS STRING) AS b13,
  CAST(NULL AS STRING) AS d13,
  CAST(NULL AS STRING) AS w13,
  CAST(NULL AS STRING) AS c14,
  CAST(NULL AS STRING) AS b14,
  CAST(NULL AS STRING) AS d14,
  CAST(NULL AS STRING) AS w14,
  CAST(NULL AS STRING), CAST(NULL AS STRING)
FROM parts
WHERE pass = 6
GROUP BY pass, part, k0
UNION ALL
SELECT CAST(pass AS STRING) AS pass,
  CONCAT(part, 'q') AS part,
  k0,
  CAST(NULL AS STRING) AS c0,
  CAST(NULL AS STRING) AS b0,
  CAST(NULL AS STRING) AS d0,
  CAST(NULL AS STRING) AS w0,
  CAST(NULL AS STRING) AS c1,
  CAST(NULL AS STRING) AS b1,
  CAST(NULL AS STRING) AS d1,
  CAST(NULL AS STRING) AS w1,
  CAST(NULL AS STRING) AS c2,
  CAST(NULL AS STRING) AS b2,
  CAST(NULL AS STRING) AS d2,
  CAST(NULL AS STRING) AS w2,
  CAST(NULL AS STRING) AS c3,
  CAST(NULL AS STRING) AS b3,
  CAST(NULL AS STRING) AS d3,
  CAST(NULL AS STRING) AS w3,
  CAST(NULL AS STRING) AS c4,
  CAST(NULL AS STRING) AS b4,
  CAST(NULL AS STRING) AS d4,
  CAST(NULL AS STRING) AS w4,
  CAST(NULL AS STRING) AS c5,
  CAST(NULL AS STRING) AS b5,
  CAST(NULL AS STRING) AS d5,
  CAST(NULL AS STRING) AS w5,
  CAST(NULL AS STRING) AS c6,
  CAST(NULL AS STRING) AS b6,
  CAST(NULL AS STRING) AS d6,
  CAST(NULL AS STRING) AS w6,
  CAST(NULL AS STRING) AS c7,
  CAST(NULL AS STRING) AS b7,
  CAST(NULL AS STRING) AS d7,
  CAST(NULL AS STRING) AS w7,
  CAST(NULL AS STRING) AS c8,
  CAST(NULL AS STRING) AS b8,
  CAST(NULL AS STRING) AS d8,
  CAST(NULL AS STRING) AS w8,
  CAST(NULL AS STRING) AS c9,
  CAST(NULL AS STRING) AS b9,
  CAST(NULL AS STRING) AS d9,
  CAST(NULL AS STRING) AS w9,
  CAST(NULL AS STRING) AS c10,
  CAST(NULL AS STRING) AS b10,
  CAST(NULL AS STRING) AS d10,
  CAST(NULL AS STRING) AS w10,
  CAST(NULL AS STRING) AS c11,
  CAST(NULL AS STRING) AS b11,
  CAST(NULL AS STRING) AS d11,
  CAST(NULL AS STRING) AS w11,
  CAST(NULL AS STRING) AS c12,
  CAST(NULL AS STRING) AS b12,
  CAST(NULL AS STRING) AS d12,
  CAST(NULL AS STRING) AS w12,
  CAST(PERCENTILE(c13, 0.5D) AS STRING) AS c13,
  CAST(NULL AS STRING) AS b13,
  CAST(NULL AS STRING) AS d13,
  CAST(NULL AS STRING) AS w13,
  CAST(NULL AS STRING) AS c14,
  CAST(NULL AS STRING) AS b14,
  CAST(NULL AS STRING) AS d14,
  CAST(NULL AS STRING) AS w14,
  CAST(NULL AS STRING), CAST(NULL AS STRING)
FROM parts
WHERE pass = 12
GROUP BY pass, part, k0;
