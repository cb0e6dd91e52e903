-- As of 2026-06-29T22:00:00Z, window from 2025-06-29T22:00:00.000001Z up to before 2026-06-29T22:00:00.000001Z, timezone Europe/Prague, amounts in EUR, revenue net.
-- Each row is one grouping of bookings by the keys g0, g1, ..., and its sums as JSON. Money of reports by currency is
-- in that currency, durations are in microseconds. The session has to be one of UTC: SET TIME ZONE 'UTC'.
--
-- Report key-metrics: Key metrics
--   customers (Customers): Customers with a purchase in the window.
--   new_customers (New customers): Customers whose first purchase ever is in the window; in a row of a month, in that month.
--   existing_customers (Existing customers) = customers - new_customers: Customers who have bought before the window; in a row of a month, before that month.
--   new_share (Share of new customers) = new_customers / customers: New customers divided by customers.
--   existing_share (Share of existing customers) = existing_customers / customers: Existing customers divided by customers.
--   aov (AOV) = lifetime_revenue / lifetime_purchases: Revenue divided by purchases, over the whole history of the window's customers. Who stopped buying before the window is not among them.
--   revenue_per_customer (Revenue per customer) = lifetime_revenue / lifetime_customers: Revenue over the whole history of the window's customers, divided by them. Who stopped buying before the window is not among them, so it is higher as a rule than that of all customers ever acquired. Customers of the window before had more time.
--   orders_per_customer (Orders per customer) = lifetime_purchases / lifetime_customers: Purchases over the whole history of the window's customers, divided by them. Who stopped buying before the window is not among them, so it is higher as a rule than that of all customers ever acquired. Customers of the window before had more time.
--   repurchase_rate (Repurchase rate) = repeat_customers / lifetime_customers: The share of the window's customers with two or more purchases in their whole history. Who stopped buying before the window is not among them, so it is higher as a rule than that of all customers ever acquired. Customers of the window before had more time.
--   grouping_1 sum_customers: total of customers, distinct customers with a purchase, booked in the window
--   grouping_1 sum_new_customers: total of new_customers, customers whose first purchase it is, booked in the window
--   grouping_1 sum_lifetime_revenue: total of lifetime_revenue, revenue, whole histories of customers who bought in the window
--   grouping_1 sum_lifetime_purchases: total of lifetime_purchases, purchases that count, whole histories of customers who bought in the window
--   grouping_1 sum_lifetime_customers: total of lifetime_customers, distinct customers with a purchase, whole histories of customers who bought in the window
--   grouping_1 sum_repeat_customers: total of repeat_customers, customers with at least 2 purchases, whole histories of customers who bought in the window
--
-- Report key-metrics#previous: Key metrics
--   customers (Customers): Customers with a purchase in the window.
--   new_customers (New customers): Customers whose first purchase ever is in the window; in a row of a month, in that month.
--   existing_customers (Existing customers) = customers - new_customers: Customers who have bought before the window; in a row of a month, before that month.
--   new_share (Share of new customers) = new_customers / customers: New customers divided by customers.
--   existing_share (Share of existing customers) = existing_customers / customers: Existing customers divided by customers.
--   aov (AOV) = lifetime_revenue / lifetime_purchases: Revenue divided by purchases, over the whole history of the window's customers. Who stopped buying before the window is not among them.
--   revenue_per_customer (Revenue per customer) = lifetime_revenue / lifetime_customers: Revenue over the whole history of the window's customers, divided by them. Who stopped buying before the window is not among them, so it is higher as a rule than that of all customers ever acquired. Customers of the window before had more time.
--   orders_per_customer (Orders per customer) = lifetime_purchases / lifetime_customers: Purchases over the whole history of the window's customers, divided by them. Who stopped buying before the window is not among them, so it is higher as a rule than that of all customers ever acquired. Customers of the window before had more time.
--   repurchase_rate (Repurchase rate) = repeat_customers / lifetime_customers: The share of the window's customers with two or more purchases in their whole history. Who stopped buying before the window is not among them, so it is higher as a rule than that of all customers ever acquired. Customers of the window before had more time.
--   grouping_1 sum_customers_2: total of customers, distinct customers with a purchase, booked in the window
--   grouping_1 sum_new_customers_2: total of new_customers, customers whose first purchase it is, booked in the window
--   grouping_1 sum_lifetime_revenue_2: total of lifetime_revenue, revenue, whole histories of customers who bought in the window
--   grouping_1 sum_lifetime_purchases_2: total of lifetime_purchases, purchases that count, whole histories of customers who bought in the window
--   grouping_1 sum_lifetime_customers_2: total of lifetime_customers, distinct customers with a purchase, whole histories of customers who bought in the window
--   grouping_1 sum_repeat_customers_2: total of repeat_customers, customers with at least 2 purchases, whole histories of customers who bought in the window
--
-- Report key-metrics#course: Key metrics
--   customers (Customers): Customers with a purchase in the window.
--   new_customers (New customers): Customers whose first purchase ever is in the window; in a row of a month, in that month.
--   existing_customers (Existing customers) = customers - new_customers: Customers who have bought before the window; in a row of a month, before that month.
--   new_share (Share of new customers) = new_customers / customers: New customers divided by customers.
--   existing_share (Share of existing customers) = existing_customers / customers: Existing customers divided by customers.
--   aov (AOV) = lifetime_revenue / lifetime_purchases: Revenue divided by purchases, over the whole history of the window's customers. Who stopped buying before the window is not among them.
--   revenue_per_customer (Revenue per customer) = lifetime_revenue / lifetime_customers: Revenue over the whole history of the window's customers, divided by them. Who stopped buying before the window is not among them, so it is higher as a rule than that of all customers ever acquired. Customers of the window before had more time.
--   orders_per_customer (Orders per customer) = lifetime_purchases / lifetime_customers: Purchases over the whole history of the window's customers, divided by them. Who stopped buying before the window is not among them, so it is higher as a rule than that of all customers ever acquired. Customers of the window before had more time.
--   repurchase_rate (Repurchase rate) = repeat_customers / lifetime_customers: The share of the window's customers with two or more purchases in their whole history. Who stopped buying before the window is not among them, so it is higher as a rule than that of all customers ever acquired. Customers of the window before had more time.
--   g0: month of the booking
--   grouping_1 sum_customers: total of customers, distinct customers with a purchase, booked in the window
--   grouping_1 sum_new_customers: total of new_customers, customers whose first purchase it is, booked in the window
--   grouping_1 sum_lifetime_revenue: total of lifetime_revenue, revenue, whole histories of customers who bought in the window
--   grouping_1 sum_lifetime_purchases: total of lifetime_purchases, purchases that count, whole histories of customers who bought in the window
--   grouping_1 sum_lifetime_customers: total of lifetime_customers, distinct customers with a purchase, whole histories of customers who bought in the window
--   grouping_1 sum_repeat_customers: total of repeat_customers, customers with at least 2 purchases, whole histories of customers who bought in the window
--   grouping_2 sum_customers: customers, distinct customers with a purchase, booked in the window
--   grouping_2 sum_new_customers: new_customers, customers whose first purchase it is, booked in the window
--   grouping_2 sum_lifetime_revenue: lifetime_revenue, revenue, whole histories of customers who bought in the window
--   grouping_2 sum_lifetime_purchases: lifetime_purchases, purchases that count, whole histories of customers who bought in the window
--   grouping_2 sum_lifetime_customers: lifetime_customers, distinct customers with a purchase, whole histories of customers who bought in the window
--   grouping_2 sum_repeat_customers: repeat_customers, customers with at least 2 purchases, whole histories of customers who bought in the window
--
-- What is to be said about the data, counted
--   grouping_3 sum_unclassified_purchases: unclassified_purchases
--   grouping_3 sum_purchases_without_amount: purchases_without_amount
--   grouping_3 sum_negative_purchases: negative_purchases
--   grouping_3 sum_refunds_above_purchase: refunds_above_purchase
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
      r.n,
      r.display,
      r.booked_currency,
      r.rate_day,
      CONCAT('b', CAST(((YEAR(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague'))) - 1970) * 12 + MONTH(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.grouped_at), 'Europe/Prague'))) - 1) AS STRING)) AS key_1,
      CASE WHEN r.kind = 'unclassified' THEN r.a_purchase_status END AS key_2,
      r.count1 >= 2 AS if_1,
      r.kind = 'unclassified' AS if_2,
      r.kind = 'order' AND r.a_total_price IS NULL AS if_3,
      r.kind = 'order' AND r.booked < 0 AS if_4,
      r.kind = 'order' AND r.is_overpaid AS if_5,
      (r.booked_at >= 1751234400000001L AND r.booked_at < 1782770400000001L) AND r.kind <> 'unclassified' AS in_1,
      (r.is_active) AND r.kind <> 'unclassified' AS in_2,
      (r.booked_at >= 1719698400000001L AND r.booked_at < 1751234400000001L) AND r.kind <> 'unclassified' AS in_3,
      (r.is_active2) AND r.kind <> 'unclassified' AS in_4
    FROM facts r
  )
  WHERE (in_1 OR in_2 OR in_3 OR in_4 OR if_2 OR if_3 OR if_4 OR if_5) AND RAND() >= 0
  DISTRIBUTE BY place
),
-- added up by customer
customers_grouping_1 AS (
  SELECT COUNT_IF(r.is_purchase AND r.in_1) AS sum_customers,
    COUNT_IF(r.is_purchase AND r.in_1 AND r.n = 1) AS sum_new_customers,
    SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.in_2) AS sum_lifetime_revenue,
    COUNT_IF(r.is_purchase AND r.in_2) AS sum_lifetime_purchases,
    COUNT_IF(r.is_purchase AND r.in_3) AS sum_customers_2,
    COUNT_IF(r.is_purchase AND r.in_3 AND r.n = 1) AS sum_new_customers_2,
    SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.in_4) AS sum_lifetime_revenue_2,
    COUNT_IF(r.is_purchase AND r.in_4) AS sum_lifetime_purchases_2
  FROM scoped r
  GROUP BY place, customer
),
-- added up by customer and group
customers_grouping_2 AS (
  SELECT r.key_1 AS k0,
    COUNT_IF(r.in_1) AS sum_rows,
    COUNT_IF(r.is_purchase AND r.in_1) AS sum_customers,
    COUNT_IF(r.is_purchase AND r.in_1 AND r.n = 1) AS sum_new_customers,
    COUNT_IF(r.in_2) AS sum_rows_2,
    SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.in_2) AS sum_lifetime_revenue,
    COUNT_IF(r.is_purchase AND r.in_2) AS sum_lifetime_purchases,
    COUNT_IF(r.is_purchase AND r.in_2 AND r.if_1) AS sum_repeat_customers
  FROM scoped r
  GROUP BY place, customer, r.key_1
)
SELECT 'grouping_1' AS grouping,
  CAST(NULL AS STRING) AS g0,
  TO_JSON(NAMED_STRUCT('sum_customers', CAST(COUNT_IF(sum_customers >= 1) AS STRING),
    'sum_new_customers', CAST(SUM(sum_new_customers) AS STRING),
    'sum_lifetime_revenue', CAST(SUM(sum_lifetime_revenue) AS STRING),
    'sum_lifetime_purchases', CAST(SUM(sum_lifetime_purchases) AS STRING),
    'sum_lifetime_customers', CAST(COUNT_IF(sum_lifetime_purchases >= 1) AS STRING),
    'sum_repeat_customers', CAST(COUNT_IF(sum_lifetime_purchases >= 2) AS STRING),
    'sum_customers_2', CAST(COUNT_IF(sum_customers_2 >= 1) AS STRING),
    'sum_new_customers_2', CAST(SUM(sum_new_customers_2) AS STRING),
    'sum_lifetime_revenue_2', CAST(SUM(sum_lifetime_revenue_2) AS STRING),
    'sum_lifetime_purchases_2', CAST(SUM(sum_lifetime_purchases_2) AS STRING),
    'sum_lifetime_customers_2', CAST(COUNT_IF(sum_lifetime_purchases_2 >= 1) AS STRING),
    'sum_repeat_customers_2', CAST(COUNT_IF(sum_lifetime_purchases_2 >= 2) AS STRING))) AS sums
FROM customers_grouping_1 r
UNION ALL
SELECT 'grouping_2' AS grouping,
  CAST(k0 AS STRING) AS g0,
  TO_JSON(NAMED_STRUCT('sum_rows', CAST(SUM(sum_rows) AS STRING),
    'sum_customers', CAST(COUNT_IF(sum_customers >= 1) AS STRING),
    'sum_new_customers', CAST(SUM(sum_new_customers) AS STRING),
    'sum_rows_2', CAST(SUM(sum_rows_2) AS STRING),
    'sum_lifetime_revenue', CAST(SUM(sum_lifetime_revenue) AS STRING),
    'sum_lifetime_purchases', CAST(SUM(sum_lifetime_purchases) AS STRING),
    'sum_lifetime_customers', CAST(COUNT_IF(sum_lifetime_purchases >= 1) AS STRING),
    'sum_repeat_customers', CAST(COUNT_IF(sum_repeat_customers >= 1) AS STRING))) AS sums
FROM customers_grouping_2 r
GROUP BY k0
UNION ALL
SELECT 'grouping_3' AS grouping,
  CAST(key_2 AS STRING) AS g0,
  TO_JSON(NAMED_STRUCT('sum_unclassified_purchases', CAST(COUNT_IF(r.if_2) AS STRING),
    'sum_purchases_without_amount', CAST(COUNT_IF(r.if_3) AS STRING),
    'sum_negative_purchases', CAST(COUNT_IF(r.if_4) AS STRING),
    'sum_refunds_above_purchase', CAST(COUNT_IF(r.if_5) AS STRING))) AS sums
FROM scoped r
GROUP BY key_2
UNION ALL
SELECT 'trouble' AS grouping,
  CAST(NULL AS STRING) AS g0,
  TO_JSON(NAMED_STRUCT('missing', MIN(CASE WHEN r.display IS NULL AND ((r.kind IN ('order', 'refund') AND r.in_2) OR (r.kind IN ('order', 'refund') AND r.in_4)) THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) END))) AS sums
FROM scoped r
WHERE (r.display IS NULL AND ((r.kind IN ('order', 'refund') AND r.in_2) OR (r.kind IN ('order', 'refund') AND r.in_4)));
