-- As of 2026-06-29T22:00:00Z, window from 2025-06-29T22:00:00.000001Z up to before 2026-06-29T22:00:00.000001Z, timezone Europe/Prague, amounts in EUR, revenue net.
-- Each row is one grouping of bookings by the keys g0, g1, ..., and its sums as JSON. Money of reports by currency is
-- in that currency, durations are in microseconds. The session has to be one of UTC: SET TIME ZONE 'UTC'.
--
-- Report summary: Summary
--   fc_aov (FC AOV) = fc_amount / fc_quantity: FC amount divided by FC quantity.
--   upsells_aov (Upsells AOV) = upsells_amount / upsells_quantity: Upsells amount divided by upsells quantity.
--   total_aov (Total AOV) = (fc_amount + upsells_amount) / fc_quantity: FC amount plus upsells amount, divided by FC quantity.
--   ltv (LTV) = (fc_amount + upsells_amount + rebills_amount) / fc_quantity: FC, upsells and rebills amount, divided by FC quantity. It grows with age: renewals of recent first charges are still to come, so a recent window or month is lower than an old one.
--   grouping_1 sum_fc_amount: total of fc_amount, amount of charges of the kind first_charge, first charges of the window and what belongs to them
--   grouping_1 sum_fc_quantity: total of fc_quantity, charges of the kind first_charge, first charges of the window and what belongs to them
--   grouping_1 sum_upsells_amount: total of upsells_amount, amount of charges of the kind upsell, first charges of the window and what belongs to them
--   grouping_1 sum_upsells_quantity: total of upsells_quantity, charges of the kind upsell, first charges of the window and what belongs to them
--   grouping_1 sum_rebills_amount: total of rebills_amount, amount of charges of the kind rebill, first charges of the window and what belongs to them
--
-- Report summary#previous: Summary
--   fc_aov (FC AOV) = fc_amount / fc_quantity: FC amount divided by FC quantity.
--   upsells_aov (Upsells AOV) = upsells_amount / upsells_quantity: Upsells amount divided by upsells quantity.
--   total_aov (Total AOV) = (fc_amount + upsells_amount) / fc_quantity: FC amount plus upsells amount, divided by FC quantity.
--   ltv (LTV) = (fc_amount + upsells_amount + rebills_amount) / fc_quantity: FC, upsells and rebills amount, divided by FC quantity. It grows with age: renewals of recent first charges are still to come, so a recent window or month is lower than an old one.
--   grouping_1 sum_fc_amount_2: total of fc_amount, amount of charges of the kind first_charge, first charges of the window and what belongs to them
--   grouping_1 sum_fc_quantity_2: total of fc_quantity, charges of the kind first_charge, first charges of the window and what belongs to them
--   grouping_1 sum_upsells_amount_2: total of upsells_amount, amount of charges of the kind upsell, first charges of the window and what belongs to them
--   grouping_1 sum_upsells_quantity_2: total of upsells_quantity, charges of the kind upsell, first charges of the window and what belongs to them
--   grouping_1 sum_rebills_amount_2: total of rebills_amount, amount of charges of the kind rebill, first charges of the window and what belongs to them
--
-- Report summary#course: Summary
--   fc_aov (FC AOV) = fc_amount / fc_quantity: FC amount divided by FC quantity.
--   upsells_aov (Upsells AOV) = upsells_amount / upsells_quantity: Upsells amount divided by upsells quantity.
--   total_aov (Total AOV) = (fc_amount + upsells_amount) / fc_quantity: FC amount plus upsells amount, divided by FC quantity.
--   ltv (LTV) = (fc_amount + upsells_amount + rebills_amount) / fc_quantity: FC, upsells and rebills amount, divided by FC quantity. It grows with age: renewals of recent first charges are still to come, so a recent window or month is lower than an old one.
--   g0: month of the booking
--   grouping_1 sum_fc_amount: total of fc_amount, amount of charges of the kind first_charge, first charges of the window and what belongs to them
--   grouping_1 sum_fc_quantity: total of fc_quantity, charges of the kind first_charge, first charges of the window and what belongs to them
--   grouping_1 sum_upsells_amount: total of upsells_amount, amount of charges of the kind upsell, first charges of the window and what belongs to them
--   grouping_1 sum_upsells_quantity: total of upsells_quantity, charges of the kind upsell, first charges of the window and what belongs to them
--   grouping_1 sum_rebills_amount: total of rebills_amount, amount of charges of the kind rebill, first charges of the window and what belongs to them
--   grouping_2 sum_fc_amount: fc_amount, amount of charges of the kind first_charge, first charges of the window and what belongs to them
--   grouping_2 sum_fc_quantity: fc_quantity, charges of the kind first_charge, first charges of the window and what belongs to them
--   grouping_2 sum_upsells_amount: upsells_amount, amount of charges of the kind upsell, first charges of the window and what belongs to them
--   grouping_2 sum_upsells_quantity: upsells_quantity, charges of the kind upsell, first charges of the window and what belongs to them
--   grouping_2 sum_rebills_amount: rebills_amount, amount of charges of the kind rebill, first charges of the window and what belongs to them
--
-- What is to be said about the data, counted
--   grouping_3 sum_unclassified_purchases: unclassified_purchases
--   grouping_3 sum_purchases_without_amount: purchases_without_amount
--   grouping_3 sum_negative_purchases: negative_purchases
--   grouping_3 sum_charges_without_first_charge: charges_without_first_charge
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
    a5 AS a_charge_kind,
    a3 AS a_currency,
    a1 AS a_purchase_status,
    a6 AS a_subscription_id,
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
    CASE WHEN key IS NULL THEN content ELSE first.content END AS content, parent, given_back, a_charge_kind, a_currency, a_purchase_status, a_subscription_id, a_total_price
  FROM purchase_history
  WHERE is_state AND (key IS NULL OR STRUCT(at, seq, content) = newest)
),
-- their amounts, currencies and segments; which of them are test orders
purchase_worth AS (
  SELECT p.*,
    CAST(COALESCE(p.a_total_price, 0) AS DECIMAL(36, 2)) AS amount,
    COALESCE(p.a_currency, 'EUR') AS currency,
    CASE WHEN COALESCE(p.a_purchase_status IN ('success'), FALSE) THEN 1 WHEN COALESCE(p.a_purchase_status IN ('canceled', 'returned'), FALSE) THEN 2 ELSE 0 END AS e_1,
    CASE WHEN COALESCE(p.a_charge_kind IN ('first_charge'), FALSE) THEN 1 WHEN COALESCE(p.a_charge_kind IN ('upsell'), FALSE) THEN 2 WHEN COALESCE(p.a_charge_kind IN ('rebill'), FALSE) THEN 3 ELSE 0 END AS e_2,
    FALSE AS is_excluded
  FROM purchase_states p
  WHERE p.at IS NOT NULL
),
-- s: successful, c: cancelled, u: neither; which of them count, and what kind of charge each is
purchases AS (
  SELECT p.customer, p.key, p.at, p.seq, p.content, p.parent, p.amount, p.currency, p.given_back, p.a_charge_kind, p.a_currency, p.a_purchase_status, p.a_subscription_id, p.a_total_price, p.e_1, p.e_2,
    p.e_1 IN (1) AND p.amount >= 0 AS counts,
    CASE WHEN p.e_1 IN (1) THEN 's' WHEN p.e_1 IN (2) THEN 'c' ELSE 'u' END AS state,
    CASE WHEN p.e_2 IN (1) THEN 'first_charge' WHEN p.e_2 IN (2) THEN 'upsell' WHEN p.e_2 IN (3) THEN 'rebill' END AS charge,
    ROW_NUMBER() OVER (PARTITION BY p.customer ORDER BY p.at, p.seq, p.content, p.key) AS ordinal
  FROM purchase_worth p
  WHERE NOT p.is_excluded
),
-- the customer's latest first charge before each purchase, and those of the same link
charges AS (
  SELECT p.*,
    COUNT_IF(p.counts) OVER (PARTITION BY p.customer ORDER BY p.at, p.seq, p.content, p.key ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n,
    LAST_VALUE(CASE WHEN p.counts THEN p.at END, TRUE) OVER (PARTITION BY p.customer ORDER BY p.at, p.seq, p.content, p.key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous_at,
    CASE WHEN p.charge = 'first_charge' AND p.counts THEN NAMED_STRUCT('at', p.at, 'ordinal', p.ordinal, 'home_currency', p.currency, 'grouped_at', p.at, 'a_charge_kind', p.a_charge_kind, 'a_currency', p.a_currency, 'a_purchase_status', p.a_purchase_status, 'a_subscription_id', p.a_subscription_id, 'a_total_price', p.a_total_price, 'e_1', p.e_1, 'e_2', p.e_2) END AS own,
    MAX(CASE WHEN p.charge = 'first_charge' AND p.counts THEN NAMED_STRUCT('at', p.at, 'ordinal', p.ordinal, 'home_currency', p.currency, 'grouped_at', p.at, 'a_charge_kind', p.a_charge_kind, 'a_currency', p.a_currency, 'a_purchase_status', p.a_purchase_status, 'a_subscription_id', p.a_subscription_id, 'a_total_price', p.a_total_price, 'e_1', p.e_1, 'e_2', p.e_2) END) OVER (PARTITION BY p.customer ORDER BY p.at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS latest,
    CASE WHEN p.a_subscription_id IS NOT NULL THEN COALESCE(MAX(CASE WHEN p.charge = 'first_charge' AND p.counts THEN NAMED_STRUCT('at', p.at, 'ordinal', p.ordinal, 'home_currency', p.currency, 'grouped_at', p.at, 'a_charge_kind', p.a_charge_kind, 'a_currency', p.a_currency, 'a_purchase_status', p.a_purchase_status, 'a_subscription_id', p.a_subscription_id, 'a_total_price', p.a_total_price, 'e_1', p.e_1, 'e_2', p.e_2) END) OVER (PARTITION BY p.customer, p.a_subscription_id ORDER BY p.at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), MIN(CASE WHEN p.charge = 'first_charge' AND p.counts THEN NAMED_STRUCT('at', p.at, 'ordinal', p.ordinal, 'home_currency', p.currency, 'grouped_at', p.at, 'a_charge_kind', p.a_charge_kind, 'a_currency', p.a_currency, 'a_purchase_status', p.a_purchase_status, 'a_subscription_id', p.a_subscription_id, 'a_total_price', p.a_total_price, 'e_1', p.e_1, 'e_2', p.e_2) END) OVER (PARTITION BY p.customer, p.a_subscription_id)) END AS linked1
  FROM purchases p
),
-- of those that count, n: which one it is; previous_at: the one before; anchor: the first charge it belongs to
purchase_facts AS (
  SELECT p.customer, p.key, p.at, p.seq, p.ordinal, p.amount, p.currency, p.given_back, p.counts, p.state, p.charge, p.n, p.previous_at, p.a_charge_kind, p.a_currency, p.a_purchase_status, p.a_subscription_id, p.a_total_price, p.e_1, p.e_2,
    CASE WHEN p.charge = 'first_charge' THEN p.own
      WHEN p.charge IS NOT NULL THEN COALESCE(
        p.linked1,
        p.latest)
    END AS anchor
  FROM charges p
),
-- orders, what was given back on them, and cancelled purchases; display is null without a rate
bookings AS (
  SELECT b.*,
    b.kind = 'order' AND b.counts AS is_purchase,
    DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(b.booked_at), 'Europe/Prague')), DATE'1970-01-01') AS rate_day,
    CASE WHEN b.booked_currency = 'EUR' THEN CAST(b.booked AS DECIMAL(38, 2)) END AS display,
    CASE WHEN b.booked_currency = 'EUR' THEN CAST(b.booked AS DECIMAL(38, 2)) END AS in_segment_currency
  FROM (
    SELECT customer, key, at, ordinal, currency, counts, charge, n, previous_at, a_charge_kind, a_currency, a_purchase_status, a_subscription_id, a_total_price, e_1, e_2, anchor, is_overpaid, booking.*
    FROM (
      SELECT p.customer, p.key, p.at, p.ordinal, p.currency, p.counts, p.charge, p.n, p.previous_at, p.a_charge_kind, p.a_currency, p.a_purchase_status, p.a_subscription_id, p.a_total_price, p.e_1, p.e_2, p.anchor,
        AGGREGATE(FILTER(p.given_back, g -> COALESCE(g.currency, p.currency) = p.currency), CAST(0 AS DECIMAL(38, 2)), (s, g) -> CAST(s + g.amount AS DECIMAL(38, 2))) > GREATEST(p.amount, 0) AS is_overpaid,
        EXPLODE(CONCAT(ARRAY(NAMED_STRUCT('kind', CASE p.state WHEN 's' THEN 'order' WHEN 'c' THEN 'canceled' ELSE 'unclassified' END, 'booked_at', p.at, 'booked', CAST(p.amount AS DECIMAL(36, 2)), 'booked_currency', p.currency)),
          CASE WHEN p.state = 's' THEN TRANSFORM(p.given_back, g -> NAMED_STRUCT('kind', 'refund', 'booked_at', p.at, 'booked', CAST(g.amount AS DECIMAL(36, 2)), 'booked_currency', COALESCE(g.currency, p.currency))) ELSE ARRAY() END)) AS booking
      FROM purchase_facts p  
    )
  ) b
),
-- each booking with its customer's whole history
facts AS (
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
    MAX(CASE WHEN is_purchase THEN at END) OVER (PARTITION BY customer) AS last_at
  FROM bookings b
),
-- what sums ask of bookings; RAND() has Spark write it down once for all that reads it, rows of a customer in one place
scoped AS (
  SELECT *
  FROM (
    SELECT XXHASH64(r.customer) AS place,
      r.customer,
      r.kind,
      r.is_purchase,
      r.charge,
      r.display,
      r.booked_currency,
      r.rate_day,
      CONCAT('b', CAST(((YEAR(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.anchor.grouped_at), 'Europe/Prague'))) - 1970) * 12 + MONTH(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.anchor.grouped_at), 'Europe/Prague'))) - 1) AS STRING)) AS key_1,
      CASE WHEN r.kind = 'unclassified' THEN r.a_purchase_status END AS key_2,
      r.kind = 'unclassified' AS if_1,
      r.kind = 'order' AND r.a_total_price IS NULL AS if_2,
      r.kind = 'order' AND r.booked < 0 AS if_3,
      r.kind = 'order' AND r.charge IN ('upsell', 'rebill') AND r.anchor IS NULL AS if_4,
      r.kind = 'order' AND r.is_overpaid AS if_5,
      (COALESCE(r.anchor.grouped_at >= 1751234400000001L AND r.anchor.grouped_at < 1782770400000001L, FALSE)) AND r.kind <> 'unclassified' AS in_1,
      (COALESCE(r.anchor.grouped_at >= 1719698400000001L AND r.anchor.grouped_at < 1751234400000001L, FALSE)) AND r.kind <> 'unclassified' AS in_2
    FROM facts r
  )
  WHERE (in_1 OR in_2 OR if_1 OR if_2 OR if_3 OR if_4 OR if_5) AND RAND() >= 0
  DISTRIBUTE BY place
)
SELECT 'grouping_1' AS grouping,
  CAST(NULL AS STRING) AS g0,
  TO_JSON(NAMED_STRUCT('sum_fc_amount', CAST(SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.charge = 'first_charge' AND r.in_1) AS STRING),
    'sum_fc_quantity', CAST(COUNT_IF(r.is_purchase AND r.in_1 AND r.charge = 'first_charge') AS STRING),
    'sum_upsells_amount', CAST(SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.charge = 'upsell' AND r.in_1) AS STRING),
    'sum_upsells_quantity', CAST(COUNT_IF(r.is_purchase AND r.in_1 AND r.charge = 'upsell') AS STRING),
    'sum_rebills_amount', CAST(SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.charge = 'rebill' AND r.in_1) AS STRING),
    'sum_fc_amount_2', CAST(SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.charge = 'first_charge' AND r.in_2) AS STRING),
    'sum_fc_quantity_2', CAST(COUNT_IF(r.is_purchase AND r.in_2 AND r.charge = 'first_charge') AS STRING),
    'sum_upsells_amount_2', CAST(SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.charge = 'upsell' AND r.in_2) AS STRING),
    'sum_upsells_quantity_2', CAST(COUNT_IF(r.is_purchase AND r.in_2 AND r.charge = 'upsell') AS STRING),
    'sum_rebills_amount_2', CAST(SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.charge = 'rebill' AND r.in_2) AS STRING))) AS sums
FROM scoped r
UNION ALL
SELECT 'grouping_2' AS grouping,
  CAST(key_1 AS STRING) AS g0,
  TO_JSON(NAMED_STRUCT('sum_rows', CAST(COUNT_IF(r.in_1) AS STRING),
    'sum_fc_amount', CAST(SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.charge = 'first_charge' AND r.in_1) AS STRING),
    'sum_fc_quantity', CAST(COUNT_IF(r.is_purchase AND r.in_1 AND r.charge = 'first_charge') AS STRING),
    'sum_upsells_amount', CAST(SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.charge = 'upsell' AND r.in_1) AS STRING),
    'sum_upsells_quantity', CAST(COUNT_IF(r.is_purchase AND r.in_1 AND r.charge = 'upsell') AS STRING),
    'sum_rebills_amount', CAST(SUM(CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END) FILTER (WHERE r.kind IN ('order', 'refund') AND r.charge = 'rebill' AND r.in_1) AS STRING))) AS sums
FROM scoped r
GROUP BY key_1
UNION ALL
SELECT 'grouping_3' AS grouping,
  CAST(key_2 AS STRING) AS g0,
  TO_JSON(NAMED_STRUCT('sum_unclassified_purchases', CAST(COUNT_IF(r.if_1) AS STRING),
    'sum_purchases_without_amount', CAST(COUNT_IF(r.if_2) AS STRING),
    'sum_negative_purchases', CAST(COUNT_IF(r.if_3) AS STRING),
    'sum_charges_without_first_charge', CAST(COUNT_IF(r.if_4) AS STRING),
    'sum_refunds_above_purchase', CAST(COUNT_IF(r.if_5) AS STRING))) AS sums
FROM scoped r
GROUP BY key_2
UNION ALL
SELECT 'trouble' AS grouping,
  CAST(NULL AS STRING) AS g0,
  TO_JSON(NAMED_STRUCT('missing', MIN(CASE WHEN r.display IS NULL AND ((r.kind IN ('order', 'refund') AND r.charge = 'first_charge' AND r.in_1) OR (r.kind IN ('order', 'refund') AND r.charge = 'upsell' AND r.in_1) OR (r.kind IN ('order', 'refund') AND r.charge = 'rebill' AND r.in_1) OR (r.kind IN ('order', 'refund') AND r.charge = 'first_charge' AND r.in_2) OR (r.kind IN ('order', 'refund') AND r.charge = 'upsell' AND r.in_2) OR (r.kind IN ('order', 'refund') AND r.charge = 'rebill' AND r.in_2)) THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) END))) AS sums
FROM scoped r
WHERE (r.display IS NULL AND ((r.kind IN ('order', 'refund') AND r.charge = 'first_charge' AND r.in_1) OR (r.kind IN ('order', 'refund') AND r.charge = 'upsell' AND r.in_1) OR (r.kind IN ('order', 'refund') AND r.charge = 'rebill' AND r.in_1) OR (r.kind IN ('order', 'refund') AND r.charge = 'first_charge' AND r.in_2) OR (r.kind IN ('order', 'refund') AND r.charge = 'upsell' AND r.in_2) OR (r.kind IN ('order', 'refund') AND r.charge = 'rebill' AND r.in_2)));
