-- As of 2026-06-29T22:00:00Z, window from 2025-06-29T22:00:00.000001Z up to before 2026-06-29T22:00:00.000001Z, timezone Europe/Prague, amounts in EUR, revenue net.
-- Each row is one grouping of bookings by the keys g0, g1, ..., and its sums as JSON. Money of reports by currency is
-- in that currency, durations are in microseconds. The session has to be one of UTC: SET TIME ZONE 'UTC'.
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
--   grouping_1 sum_revenue: total of revenue, revenue, booked in the window
--   grouping_1 sum_buyers: total of buyers, distinct customers with a purchase, booked in the window
--   grouping_1 sum_purchases: total of purchases, purchases that count, booked in the window
--   grouping_1 sum_gap_days: total of gap_days, microseconds between purchases one after the other, booked in the window
--   grouping_1 sum_gaps: total of gaps, pairs of purchases one after the other, booked in the window
--   grouping_1 sum_canceled_purchases: total of canceled_purchases, cancelled purchases, booked in the window
--   grouping_1 sum_lifetime_gross: total of lifetime_gross, revenue before refunds, whole histories of customers who bought in the window
--   grouping_1 sum_lifetime_refunds: total of lifetime_refunds, what was given back, whole histories of customers who bought in the window
--   grouping_1 sum_lifetime_buyers: total of lifetime_buyers, distinct customers with a purchase, whole histories of customers who bought in the window
--   grouping_1 sum_repeat_buyers: total of repeat_buyers, customers with at least 2 purchases, whole histories of customers who bought in the window
--   grouping_2 sum_median_gap: total of median_gap, quantile 0.5 of the microseconds between purchases, booked in the window
--   grouping_3 sum_period_purchases: total of period_purchases, purchases in complete periods, booked in the window
--   grouping_3 sum_period_buyers: total of period_buyers, buyers by complete period, booked in the window
--   grouping_3 sum_retained_buyers: total of retained_buyers, buyers of a period who had bought in the one before, booked in the window
--   grouping_3 sum_previous_buyers: total of previous_buyers, buyers of the periods before, booked in the window
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
--   grouping_1 sum_revenue_2: total of revenue, revenue, booked in the window
--   grouping_1 sum_buyers_2: total of buyers, distinct customers with a purchase, booked in the window
--   grouping_1 sum_purchases_2: total of purchases, purchases that count, booked in the window
--   grouping_1 sum_gap_days_2: total of gap_days, microseconds between purchases one after the other, booked in the window
--   grouping_1 sum_gaps_2: total of gaps, pairs of purchases one after the other, booked in the window
--   grouping_1 sum_canceled_purchases_2: total of canceled_purchases, cancelled purchases, booked in the window
--   grouping_1 sum_lifetime_gross_2: total of lifetime_gross, revenue before refunds, whole histories of customers who bought in the window
--   grouping_1 sum_lifetime_refunds_2: total of lifetime_refunds, what was given back, whole histories of customers who bought in the window
--   grouping_1 sum_lifetime_buyers_2: total of lifetime_buyers, distinct customers with a purchase, whole histories of customers who bought in the window
--   grouping_1 sum_repeat_buyers_2: total of repeat_buyers, customers with at least 2 purchases, whole histories of customers who bought in the window
--   grouping_2 sum_median_gap_2: total of median_gap, quantile 0.5 of the microseconds between purchases, booked in the window
--   grouping_3 sum_period_purchases_2: total of period_purchases, purchases in complete periods, booked in the window
--   grouping_3 sum_period_buyers_2: total of period_buyers, buyers by complete period, booked in the window
--   grouping_3 sum_retained_buyers_2: total of retained_buyers, buyers of a period who had bought in the one before, booked in the window
--   grouping_3 sum_previous_buyers_2: total of previous_buyers, buyers of the periods before, booked in the window
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
--   g0: month of the booking
--   grouping_1 sum_revenue: total of revenue, revenue, booked in the window
--   grouping_1 sum_buyers: total of buyers, distinct customers with a purchase, booked in the window
--   grouping_1 sum_purchases: total of purchases, purchases that count, booked in the window
--   grouping_1 sum_gap_days: total of gap_days, microseconds between purchases one after the other, booked in the window
--   grouping_1 sum_gaps: total of gaps, pairs of purchases one after the other, booked in the window
--   grouping_1 sum_canceled_purchases: total of canceled_purchases, cancelled purchases, booked in the window
--   grouping_1 sum_lifetime_gross: total of lifetime_gross, revenue before refunds, whole histories of customers who bought in the window
--   grouping_1 sum_lifetime_refunds: total of lifetime_refunds, what was given back, whole histories of customers who bought in the window
--   grouping_1 sum_lifetime_buyers: total of lifetime_buyers, distinct customers with a purchase, whole histories of customers who bought in the window
--   grouping_1 sum_repeat_buyers: total of repeat_buyers, customers with at least 2 purchases, whole histories of customers who bought in the window
--   grouping_2 sum_median_gap: total of median_gap, quantile 0.5 of the microseconds between purchases, booked in the window
--   grouping_3 sum_period_purchases: total of period_purchases, purchases in complete periods, booked in the window
--   grouping_3 sum_period_purchases: period_purchases, purchases in complete periods, booked in the window
--   grouping_3 sum_period_buyers: total of period_buyers, buyers by complete period, booked in the window
--   grouping_3 sum_period_buyers: period_buyers, buyers by complete period, booked in the window
--   grouping_3 sum_retained_buyers: total of retained_buyers, buyers of a period who had bought in the one before, booked in the window
--   grouping_3 sum_retained_buyers: retained_buyers, buyers of a period who had bought in the one before, booked in the window
--   grouping_3 sum_previous_buyers: total of previous_buyers, buyers of the periods before, booked in the window
--   grouping_3 sum_previous_buyers: previous_buyers, buyers of the periods before, booked in the window
--   grouping_4 sum_revenue: revenue, revenue, booked in the window
--   grouping_4 sum_buyers: buyers, distinct customers with a purchase, booked in the window
--   grouping_4 sum_purchases: purchases, purchases that count, booked in the window
--   grouping_4 sum_gap_days: gap_days, microseconds between purchases one after the other, booked in the window
--   grouping_4 sum_gaps: gaps, pairs of purchases one after the other, booked in the window
--   grouping_4 sum_canceled_purchases: canceled_purchases, cancelled purchases, booked in the window
--   grouping_4 sum_lifetime_gross: lifetime_gross, revenue before refunds, whole histories of customers who bought in the window
--   grouping_4 sum_lifetime_refunds: lifetime_refunds, what was given back, whole histories of customers who bought in the window
--   grouping_4 sum_lifetime_buyers: lifetime_buyers, distinct customers with a purchase, whole histories of customers who bought in the window
--   grouping_4 sum_repeat_buyers: repeat_buyers, customers with at least 2 purchases, whole histories of customers who bought in the window
--   grouping_5 sum_median_gap: median_gap, quantile 0.5 of the microseconds between purchases, booked in the window
--
-- What is to be said about the data, counted
--   grouping_6 sum_unclassified_purchases: unclassified_purchases
--   grouping_6 sum_purchases_without_amount: purchases_without_amount
--   grouping_6 sum_negative_purchases: negative_purchases
--   grouping_6 sum_refunds_above_purchase: refunds_above_purchase
WITH
-- the rows of purchases, every state of each; from here on customers stay together
purchase_rows AS (
  SELECT customer,
    at,
    seq,
    XXHASH64(a5, a5 IS NULL, a3, a3 IS NULL, a7, a7 IS NULL, a4, a4 IS NULL, a0, a0 IS NULL, a1, a1 IS NULL, a6, a6 IS NULL, a2, a2 IS NULL, a9, a9 IS NULL, a8, a8 IS NULL) AS content,
    CAST(a0 AS STRING) AS key,
    CAST(NULL AS STRING) AS parent,
    a3 AS a_currency,
    a1 AS a_purchase_status,
    a2 AS a_total_price,
    COALESCE(a2 < 0, FALSE) AS is_below_zero
  FROM (
    SELECT customer, at, came AS seq, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9
    FROM (
      SELECT customer, at, ord AS came, CAST(v0 AS STRING) AS a0, CAST(v1 AS STRING) AS a1, CAST(v2 AS DECIMAL(28, 2)) AS a2, CAST(v3 AS STRING) AS a3, CAST(v4 AS STRING) AS a4, CAST(v5 AS STRING) AS a5, CAST(v6 AS STRING) AS a6, CAST(v7 AS STRING) AS a7, CAST(v8 AS STRING) AS a8, CAST(v9 AS STRING) AS a9
      FROM (
        SELECT COALESCE(CAST(`customer_id` AS STRING), CAST(RAISE_ERROR('source \'orders\': a row has no customer: without_customer: skip leaves such rows out') AS STRING)) AS customer,
          COALESCE(UNIX_MICROS(`ordered_at`), CAST(RAISE_ERROR('source \'orders\': a row has no timestamp: \'ordered_at\' is empty') AS BIGINT)) AS at,
          UNIX_MICROS(`ingested_at`) AS ord,
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
-- every row beside the first and the newest of its purchase, and what rows below zero give back
purchase_history AS (
  SELECT *,
    MIN(CASE WHEN is_state THEN STRUCT(at, seq, content) END) OVER (PARTITION BY customer, key) AS first,
    MAX(CASE WHEN is_state THEN STRUCT(at, seq, content) END) OVER (PARTITION BY customer, key) AS newest,
    COLLECT_LIST(CASE WHEN gives_back AND at <= 1782770400000000L THEN
      NAMED_STRUCT('at', at, 'amount', CAST(ABS(COALESCE(a_total_price, 0)) AS DECIMAL(36, 2)), 'currency', a_currency) END)
      OVER (PARTITION BY customer, key) AS given_back
  FROM (
    SELECT *, at <= 1782770400000000L AND NOT gives_back AS is_state
    FROM   (
      SELECT *, key IS NOT NULL AND is_below_zero AND BOOL_OR(NOT is_below_zero) OVER (PARTITION BY customer, key) AS gives_back
      FROM   (
        SELECT *
        FROM (
          SELECT *, ROW_NUMBER() OVER (PARTITION BY customer, key, at, content ORDER BY seq) AS copy
          FROM purchase_rows
        )
        WHERE copy = 1 OR key IS NULL
      )
    )
  )
),
-- each purchase as its newest row says, with the instant of its first one; a row without key is a purchase
purchase_states AS (
  SELECT customer, key, CASE WHEN key IS NULL THEN at ELSE first.at END AS at,
    CASE WHEN key IS NULL THEN seq ELSE first.seq END AS seq,
    CASE WHEN key IS NULL THEN content ELSE first.content END AS content, parent, given_back, a_currency, a_purchase_status, a_total_price
  FROM purchase_history
  WHERE is_state AND (key IS NULL OR STRUCT(at, seq, content) = newest)
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
  SELECT p.customer, p.key, p.at, p.seq, p.content, p.parent, p.amount, p.currency, p.given_back, p.a_currency, p.a_purchase_status, p.a_total_price, p.e_1,
    p.e_1 IN (1) AND p.amount >= 0 AS counts,
    CASE WHEN p.e_1 IN (1) THEN 's' WHEN p.e_1 IN (2) THEN 'c' ELSE 'u' END AS state,
    CAST(NULL AS STRING) AS charge,
    ROW_NUMBER() OVER (PARTITION BY p.customer ORDER BY p.at, p.seq, p.content, p.key) AS ordinal
  FROM purchase_worth p
  WHERE NOT p.is_excluded
),
-- of those that count, n: which one it is; previous_at: the one before
purchase_facts AS (
  SELECT p.*,
    COUNT_IF(p.counts) OVER (PARTITION BY p.customer ORDER BY p.at, p.seq, p.content, p.key ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n,
    LAST_VALUE(CASE WHEN p.counts THEN p.at END, TRUE) OVER (PARTITION BY p.customer ORDER BY p.at, p.seq, p.content, p.key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous_at
  FROM purchases p
),
-- orders, what was given back on them, and cancelled purchases; display is null without a rate
bookings AS (
  SELECT b.*,
    b.kind = 'order' AND b.counts AS is_purchase,
    DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(b.booked_at), 'Europe/Prague')), DATE'1970-01-01') AS rate_day,
    CASE WHEN b.booked_currency = 'EUR' THEN CAST(b.booked AS DECIMAL(38, 2)) END AS display,
    CASE WHEN b.booked_currency = 'EUR' THEN CAST(b.booked AS DECIMAL(38, 2)) END AS in_segment_currency
  FROM (
    SELECT customer, key, at, ordinal, currency, counts, charge, n, previous_at, a_currency, a_purchase_status, a_total_price, e_1, is_overpaid, booking.*
    FROM (
      SELECT p.customer, p.key, p.at, p.ordinal, p.currency, p.counts, p.charge, p.n, p.previous_at, p.a_currency, p.a_purchase_status, p.a_total_price, p.e_1,
        AGGREGATE(FILTER(p.given_back, g -> COALESCE(g.currency, p.currency) = p.currency), CAST(0 AS DECIMAL(38, 2)), (s, g) -> CAST(s + g.amount AS DECIMAL(38, 2))) > GREATEST(p.amount, 0) AS is_overpaid,
        EXPLODE(CONCAT(ARRAY(NAMED_STRUCT('kind', CASE p.state WHEN 's' THEN 'order' WHEN 'c' THEN 'canceled' ELSE 'unclassified' END, 'booked_at', p.at, 'booked', CAST(p.amount AS DECIMAL(36, 2)), 'booked_currency', p.currency)),
          CASE WHEN p.state = 's' THEN TRANSFORM(p.given_back, g -> NAMED_STRUCT('kind', 'refund', 'booked_at', p.at, 'booked', CAST(g.amount AS DECIMAL(36, 2)), 'booked_currency', COALESCE(g.currency, p.currency))) ELSE ARRAY() END)) AS booking
      FROM purchase_facts p  
    )
  ) b
),
-- each booking with its customer's whole history
histories AS (
  SELECT b.*,
    at AS own_at,
    booked_at AS grouped_at,
    currency AS home_currency,
    CAST(SUM(CASE kind WHEN 'order' THEN in_segment_currency WHEN 'refund' THEN -in_segment_currency ELSE 0 END) OVER (PARTITION BY customer) AS DECIMAL(38, 2)) AS revenue,
    MIN(CASE WHEN in_segment_currency IS NULL AND kind IN ('order', 'refund') THEN CONCAT(booked_currency, ' ', CAST(rate_day AS STRING)) END) OVER (PARTITION BY customer) AS missing_segment_rate,
    COUNT_IF(is_purchase) OVER (PARTITION BY customer) AS purchases,
    COUNT_IF(kind = 'canceled') OVER (PARTITION BY customer) AS canceled,
    MIN(CASE WHEN is_purchase THEN at END) OVER (PARTITION BY customer) AS first_at,
    MIN(CASE WHEN is_purchase AND n = 2 THEN at END) OVER (PARTITION BY customer) AS second_at,
    MAX(CASE WHEN is_purchase THEN at END) OVER (PARTITION BY customer) AS last_at,
    BOOL_OR(is_purchase AND at >= 1751234400000001L AND at < 1782770400000001L) OVER (PARTITION BY customer) AS is_active,
    BOOL_OR(is_purchase AND at >= 1719698400000001L AND at < 1751234400000001L) OVER (PARTITION BY customer) AS is_active2
  FROM bookings b
),
-- with counts of the customer's bookings
facts AS (
  SELECT r.*,
    COUNT_IF((r.is_active) AND r.is_purchase) OVER (PARTITION BY r.customer) AS count1
  FROM histories r
),
-- what sums ask of bookings; RAND() has Spark write it down once for all that reads it, rows of a customer in one place
scoped AS (
  SELECT *
  FROM (
    SELECT XXHASH64(r.customer) AS place,
      r.customer,
      r.kind,
      r.is_purchase,
      r.own_at,
      r.previous_at,
      r.display,
      r.booked_currency,
      r.rate_day,
      ((YEAR(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1970) * 12 + MONTH(DATE_ADD(DATE'1970-01-01', DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague')), DATE'1970-01-01'))) - 1) AS key_1,
      CONCAT('b', CAST(((YEAR(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague'))) - 1970) * 12 + MONTH(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague'))) - 1) AS STRING)) AS key_2,
      CASE WHEN r.kind = 'unclassified' THEN r.a_purchase_status END AS key_3,
      r.count1 >= 2 AS if_1,
      r.kind = 'unclassified' AS if_2,
      r.kind = 'order' AND r.a_total_price IS NULL AS if_3,
      r.kind = 'order' AND r.booked < 0 AS if_4,
      r.kind = 'order' AND r.is_overpaid AS if_5,
      (r.booked_at >= 1751234400000001L AND r.booked_at < 1782770400000001L) AND r.kind <> 'unclassified' AS in_1,
      (r.is_active) AND r.kind <> 'unclassified' AS in_2,
      (r.is_purchase) AND r.kind <> 'unclassified' AS in_3,
      (r.booked_at >= 1719698400000001L AND r.booked_at < 1751234400000001L) AND r.kind <> 'unclassified' AS in_4,
      (r.is_active2) AND r.kind <> 'unclassified' AS in_5
    FROM facts r
  )
  WHERE (in_1 OR in_2 OR in_3 OR in_4 OR in_5 OR if_2 OR if_3 OR if_4 OR if_5) AND RAND() >= 0
  DISTRIBUTE BY place
),
-- added up by customer
customers_grouping_1 AS (
  SELECT SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.in_1) AS sum_revenue,
    COUNT_IF(r.is_purchase AND r.in_1) AS sum_buyers,
    SUM(r.own_at - r.previous_at) FILTER (WHERE r.is_purchase AND r.in_1 AND r.previous_at IS NOT NULL) AS sum_gap_days,
    COUNT_IF(r.is_purchase AND r.in_1 AND r.previous_at IS NOT NULL) AS sum_gaps,
    COUNT_IF(r.kind = 'canceled' AND r.in_1) AS sum_canceled_purchases,
    SUM(r.display) FILTER (WHERE r.kind = 'order' AND r.in_2) AS sum_lifetime_gross,
    SUM(r.display) FILTER (WHERE r.kind = 'refund' AND r.in_2) AS sum_lifetime_refunds,
    COUNT_IF(r.is_purchase AND r.in_2) AS sum_lifetime_buyers,
    SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.in_4) AS sum_revenue_2,
    COUNT_IF(r.is_purchase AND r.in_4) AS sum_buyers_2,
    SUM(r.own_at - r.previous_at) FILTER (WHERE r.is_purchase AND r.in_4 AND r.previous_at IS NOT NULL) AS sum_gap_days_2,
    COUNT_IF(r.is_purchase AND r.in_4 AND r.previous_at IS NOT NULL) AS sum_gaps_2,
    COUNT_IF(r.kind = 'canceled' AND r.in_4) AS sum_canceled_purchases_2,
    SUM(r.display) FILTER (WHERE r.kind = 'order' AND r.in_5) AS sum_lifetime_gross_2,
    SUM(r.display) FILTER (WHERE r.kind = 'refund' AND r.in_5) AS sum_lifetime_refunds_2,
    COUNT_IF(r.is_purchase AND r.in_5) AS sum_lifetime_buyers_2
  FROM scoped r
  GROUP BY place, customer
),
-- added up by customer and group
customers_grouping_4 AS (
  SELECT r.key_2 AS k0,
    COUNT_IF(r.in_1) AS sum_rows,
    SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.in_1) AS sum_revenue,
    COUNT_IF(r.is_purchase AND r.in_1) AS sum_buyers,
    SUM(r.own_at - r.previous_at) FILTER (WHERE r.is_purchase AND r.in_1 AND r.previous_at IS NOT NULL) AS sum_gap_days,
    COUNT_IF(r.is_purchase AND r.in_1 AND r.previous_at IS NOT NULL) AS sum_gaps,
    COUNT_IF(r.kind = 'canceled' AND r.in_1) AS sum_canceled_purchases,
    COUNT_IF(r.in_2) AS sum_rows_2,
    SUM(r.display) FILTER (WHERE r.kind = 'order' AND r.in_2) AS sum_lifetime_gross,
    SUM(r.display) FILTER (WHERE r.kind = 'refund' AND r.in_2) AS sum_lifetime_refunds,
    COUNT_IF(r.is_purchase AND r.in_2) AS sum_lifetime_buyers,
    COUNT_IF(r.is_purchase AND r.in_2 AND r.if_1) AS sum_repeat_buyers
  FROM scoped r
  GROUP BY place, customer, r.key_2
),
-- when each customer bought; before: the period before that
periods_1 AS (
  SELECT *, LAG(period) OVER (PARTITION BY place, customer ORDER BY period) AS before
  FROM (
    SELECT place, customer, r.key_1 AS period, COUNT(*) AS purchases
    FROM scoped r
    WHERE r.in_3
    GROUP BY place, customer, key_1
  )
),
-- how many gaps there are, by buckets of 72 minutes
buckets_grouping_2 AS (
  SELECT SHIFTRIGHT(r.own_at - r.previous_at, 32) AS bucket,
    COUNT_IF(r.is_purchase AND r.in_1 AND r.previous_at IS NOT NULL) AS n1,
    COUNT_IF(r.is_purchase AND r.in_4 AND r.previous_at IS NOT NULL) AS n2
  FROM scoped r
  WHERE (r.is_purchase AND r.in_1 AND r.previous_at IS NOT NULL) OR (r.is_purchase AND r.in_4 AND r.previous_at IS NOT NULL)
  GROUP BY 1
),
-- the buckets with a rank that is asked for, and how many come before them
ranks_grouping_2 AS (
  SELECT *
  FROM (
    SELECT *, LEAST(lower1 + 1, all1 - 1) AS upper1, LEAST(lower2 + 1, all2 - 1) AS upper2
    FROM (
      SELECT *,
        CAST(FLOOR((all1 - 1) * 0.5D) AS BIGINT) AS lower1,
        CAST(FLOOR((all2 - 1) * 0.5D) AS BIGINT) AS lower2
      FROM (
        SELECT *,
          SUM(n1) OVER (ORDER BY bucket) - n1 AS before1,
          SUM(n1) OVER () AS all1,
          SUM(n2) OVER (ORDER BY bucket) - n2 AS before2,
          SUM(n2) OVER () AS all2
        FROM buckets_grouping_2
      )
    )
  )
  WHERE (before1 <= upper1 AND before1 + n1 > lower1) OR (before2 <= upper2 AND before2 + n2 > lower2)
),
-- the gaps of these buckets, and how many there are up to each
gaps_grouping_2 AS (
  SELECT *,
    before1 + SUM(n1) OVER (PARTITION BY bucket ORDER BY gap) AS upto1,
    before2 + SUM(n2) OVER (PARTITION BY bucket ORDER BY gap) AS upto2
  FROM (
    SELECT /*+ BROADCAST(p) */ p.bucket,
      p.before1,
      p.all1,
      p.before2,
      p.all2,
      p.lower1,
      p.upper1,
      p.lower2,
      p.upper2,
      r.own_at - r.previous_at AS gap,
      COUNT_IF(r.is_purchase AND r.in_1 AND r.previous_at IS NOT NULL) AS n1,
      COUNT_IF(r.is_purchase AND r.in_4 AND r.previous_at IS NOT NULL) AS n2
    FROM scoped r
    JOIN ranks_grouping_2 p ON p.bucket = SHIFTRIGHT(r.own_at - r.previous_at, 32)
    WHERE (r.is_purchase AND r.in_1 AND r.previous_at IS NOT NULL) OR (r.is_purchase AND r.in_4 AND r.previous_at IS NOT NULL)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
  )
),
-- how many gaps there are, by buckets of 72 minutes
buckets_grouping_5 AS (
  SELECT r.key_2 AS k0,
    SHIFTRIGHT(r.own_at - r.previous_at, 32) AS bucket,
    COUNT_IF(r.is_purchase AND r.in_1 AND r.previous_at IS NOT NULL) AS n1
  FROM scoped r
  WHERE (r.is_purchase AND r.in_1 AND r.previous_at IS NOT NULL)
  GROUP BY 1, 2
),
-- the buckets with a rank that is asked for, and how many come before them
ranks_grouping_5 AS (
  SELECT *
  FROM (
    SELECT *, LEAST(lower1 + 1, all1 - 1) AS upper1
    FROM (
      SELECT *,
        CAST(FLOOR((all1 - 1) * 0.5D) AS BIGINT) AS lower1
      FROM (
        SELECT *,
          SUM(n1) OVER (PARTITION BY k0 ORDER BY bucket) - n1 AS before1,
          SUM(n1) OVER (PARTITION BY k0) AS all1
        FROM buckets_grouping_5
      )
    )
  )
  WHERE (before1 <= upper1 AND before1 + n1 > lower1)
),
-- the gaps of these buckets, and how many there are up to each
gaps_grouping_5 AS (
  SELECT *,
    before1 + SUM(n1) OVER (PARTITION BY k0, bucket ORDER BY gap) AS upto1
  FROM (
    SELECT /*+ BROADCAST(p) */ p.k0,
      p.bucket,
      p.before1,
      p.all1,
      p.lower1,
      p.upper1,
      r.own_at - r.previous_at AS gap,
      COUNT_IF(r.is_purchase AND r.in_1 AND r.previous_at IS NOT NULL) AS n1
    FROM scoped r
    JOIN ranks_grouping_5 p ON p.k0 <=> r.key_2 AND p.bucket = SHIFTRIGHT(r.own_at - r.previous_at, 32)
    WHERE (r.is_purchase AND r.in_1 AND r.previous_at IS NOT NULL)
    GROUP BY 1, 2, 3, 4, 5, 6, 7
  )
)
SELECT 'grouping_1' AS grouping,
  CAST(NULL AS STRING) AS g0,
  CAST(NULL AS STRING) AS g1,
  TO_JSON(NAMED_STRUCT('sum_revenue', CAST(SUM(sum_revenue) AS STRING),
    'sum_buyers', CAST(COUNT_IF(sum_buyers >= 1) AS STRING),
    'sum_purchases', CAST(SUM(sum_buyers) AS STRING),
    'sum_gap_days', CAST(SUM(CAST(sum_gap_days AS DECIMAL(38, 0))) AS STRING),
    'sum_gaps', CAST(SUM(sum_gaps) AS STRING),
    'sum_canceled_purchases', CAST(SUM(sum_canceled_purchases) AS STRING),
    'sum_lifetime_gross', CAST(SUM(sum_lifetime_gross) AS STRING),
    'sum_lifetime_refunds', CAST(SUM(sum_lifetime_refunds) AS STRING),
    'sum_lifetime_buyers', CAST(COUNT_IF(sum_lifetime_buyers >= 1) AS STRING),
    'sum_repeat_buyers', CAST(COUNT_IF(sum_lifetime_buyers >= 2) AS STRING),
    'sum_revenue_2', CAST(SUM(sum_revenue_2) AS STRING),
    'sum_buyers_2', CAST(COUNT_IF(sum_buyers_2 >= 1) AS STRING),
    'sum_purchases_2', CAST(SUM(sum_buyers_2) AS STRING),
    'sum_gap_days_2', CAST(SUM(CAST(sum_gap_days_2 AS DECIMAL(38, 0))) AS STRING),
    'sum_gaps_2', CAST(SUM(sum_gaps_2) AS STRING),
    'sum_canceled_purchases_2', CAST(SUM(sum_canceled_purchases_2) AS STRING),
    'sum_lifetime_gross_2', CAST(SUM(sum_lifetime_gross_2) AS STRING),
    'sum_lifetime_refunds_2', CAST(SUM(sum_lifetime_refunds_2) AS STRING),
    'sum_lifetime_buyers_2', CAST(COUNT_IF(sum_lifetime_buyers_2 >= 1) AS STRING),
    'sum_repeat_buyers_2', CAST(COUNT_IF(sum_lifetime_buyers_2 >= 2) AS STRING))) AS sums
FROM customers_grouping_1 r
UNION ALL
SELECT 'grouping_3' AS grouping,
  CAST(period AS STRING) AS g0,
  CAST(NULL AS STRING) AS g1,
  TO_JSON(NAMED_STRUCT('sum_period_purchases', CAST(SUM(purchases) FILTER (WHERE period BETWEEN 666 AND 676) AS STRING),
    'sum_period_buyers', CAST(COUNT_IF(period BETWEEN 666 AND 676) AS STRING),
    'sum_retained_buyers', CAST(COUNT_IF(period BETWEEN 666 AND 676 AND before = period - 1) AS STRING),
    'sum_previous_buyers', CAST(COUNT_IF(period + 1 BETWEEN 666 AND 676) AS STRING),
    'sum_period_purchases_2', CAST(SUM(purchases) FILTER (WHERE period BETWEEN 654 AND 664) AS STRING),
    'sum_period_buyers_2', CAST(COUNT_IF(period BETWEEN 654 AND 664) AS STRING),
    'sum_retained_buyers_2', CAST(COUNT_IF(period BETWEEN 654 AND 664 AND before = period - 1) AS STRING),
    'sum_previous_buyers_2', CAST(COUNT_IF(period + 1 BETWEEN 654 AND 664) AS STRING))) AS sums
FROM periods_1 r
GROUP BY period
UNION ALL
SELECT 'grouping_4' AS grouping,
  CAST(k0 AS STRING) AS g0,
  CAST(NULL AS STRING) AS g1,
  TO_JSON(NAMED_STRUCT('sum_rows', CAST(SUM(sum_rows) AS STRING),
    'sum_revenue', CAST(SUM(sum_revenue) AS STRING),
    'sum_buyers', CAST(COUNT_IF(sum_buyers >= 1) AS STRING),
    'sum_purchases', CAST(SUM(sum_buyers) AS STRING),
    'sum_gap_days', CAST(SUM(CAST(sum_gap_days AS DECIMAL(38, 0))) AS STRING),
    'sum_gaps', CAST(SUM(sum_gaps) AS STRING),
    'sum_canceled_purchases', CAST(SUM(sum_canceled_purchases) AS STRING),
    'sum_rows_2', CAST(SUM(sum_rows_2) AS STRING),
    'sum_lifetime_gross', CAST(SUM(sum_lifetime_gross) AS STRING),
    'sum_lifetime_refunds', CAST(SUM(sum_lifetime_refunds) AS STRING),
    'sum_lifetime_buyers', CAST(COUNT_IF(sum_lifetime_buyers >= 1) AS STRING),
    'sum_repeat_buyers', CAST(COUNT_IF(sum_repeat_buyers >= 1) AS STRING))) AS sums
FROM customers_grouping_4 r
GROUP BY k0
UNION ALL
SELECT 'grouping_6' AS grouping,
  CAST(key_3 AS STRING) AS g0,
  CAST(NULL AS STRING) AS g1,
  TO_JSON(NAMED_STRUCT('sum_unclassified_purchases', CAST(COUNT_IF(r.if_2) AS STRING),
    'sum_purchases_without_amount', CAST(COUNT_IF(r.if_3) AS STRING),
    'sum_negative_purchases', CAST(COUNT_IF(r.if_4) AS STRING),
    'sum_refunds_above_purchase', CAST(COUNT_IF(r.if_5) AS STRING))) AS sums
FROM scoped r
GROUP BY key_3
UNION ALL
SELECT 'grouping_2' AS grouping,
  CAST(NULL AS STRING) AS g0,
  CAST(NULL AS STRING) AS g1,
  TO_JSON(NAMED_STRUCT('sum_median_gap', CAST(MIN(CASE WHEN r.upto1 > r.lower1 THEN r.gap END) + (MIN(CASE WHEN r.upto1 > r.upper1 THEN r.gap END) - MIN(CASE WHEN r.upto1 > r.lower1 THEN r.gap END)) * ((MIN(all1) - 1) * 0.5D - MIN(lower1)) AS STRING),
    'sum_gaps', CAST(MIN(all1) AS STRING),
    'sum_median_gap_2', CAST(MIN(CASE WHEN r.upto2 > r.lower2 THEN r.gap END) + (MIN(CASE WHEN r.upto2 > r.upper2 THEN r.gap END) - MIN(CASE WHEN r.upto2 > r.lower2 THEN r.gap END)) * ((MIN(all2) - 1) * 0.5D - MIN(lower2)) AS STRING),
    'sum_gaps_2', CAST(MIN(all2) AS STRING))) AS sums
FROM gaps_grouping_2 r
UNION ALL
SELECT 'grouping_5' AS grouping,
  CAST(k0 AS STRING) AS g0,
  CAST(NULL AS STRING) AS g1,
  TO_JSON(NAMED_STRUCT('sum_median_gap', CAST(MIN(CASE WHEN r.upto1 > r.lower1 THEN r.gap END) + (MIN(CASE WHEN r.upto1 > r.upper1 THEN r.gap END) - MIN(CASE WHEN r.upto1 > r.lower1 THEN r.gap END)) * ((MIN(all1) - 1) * 0.5D - MIN(lower1)) AS STRING),
    'sum_gaps', CAST(MIN(all1) AS STRING))) AS sums
FROM gaps_grouping_5 r
GROUP BY k0
UNION ALL
SELECT 'trouble' AS grouping,
  CAST(NULL AS STRING) AS g0,
  CAST(NULL AS STRING) AS g1,
  TO_JSON(NAMED_STRUCT('missing', MIN(CASE WHEN r.display IS NULL AND ((r.kind IN ('order', 'refund') AND r.in_1) OR (r.kind = 'order' AND r.in_2) OR (r.kind = 'refund' AND r.in_2) OR (r.kind IN ('order', 'refund') AND r.in_4) OR (r.kind = 'order' AND r.in_5) OR (r.kind = 'refund' AND r.in_5)) THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) END))) AS sums
FROM scoped r
WHERE (r.display IS NULL AND ((r.kind IN ('order', 'refund') AND r.in_1) OR (r.kind = 'order' AND r.in_2) OR (r.kind = 'refund' AND r.in_2) OR (r.kind IN ('order', 'refund') AND r.in_4) OR (r.kind = 'order' AND r.in_5) OR (r.kind = 'refund' AND r.in_5)));
