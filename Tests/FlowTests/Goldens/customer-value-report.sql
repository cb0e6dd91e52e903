-- As of 2026-06-29T22:00:00Z, window from 2025-06-29T22:00:00.000001Z up to before 2026-06-29T22:00:00.000001Z, timezone Europe/Prague, amounts in EUR, revenue net.
-- Each row is one pass and part: t the total, g a group by the keys k0, k1, ..., c a whole cohort. Of measure 0
-- c0 is the count, b0 the customers that have any, d0 the amount converted, w0 the amount as booked.
--
-- Report summary: Summary
--   fc_aov (FC AOV) = fc_amount / fc_quantity: FC amount divided by FC quantity.
--   upsells_aov (Upsells AOV) = upsells_amount / upsells_quantity: Upsells amount divided by upsells quantity.
--   total_aov (Total AOV) = (fc_amount + upsells_amount) / fc_quantity: FC amount plus upsells amount, divided by FC quantity.
--   ltv (LTV) = (fc_amount + upsells_amount + rebills_amount) / fc_quantity: FC, upsells and rebills amount, divided by FC quantity. It grows with age: renewals of recent first charges are still to come, so a recent window or month is lower than an old one.
--   pass 0, first charges of the window and what belongs to them: d0 fc_amount, amount of charges of the kind first_charge; c1 fc_quantity, charges of the kind first_charge; d2 upsells_amount, amount of charges of the kind upsell; c3 upsells_quantity, charges of the kind upsell; d4 rebills_amount, amount of charges of the kind rebill
--
-- Report summary#previous: Summary
--   fc_aov (FC AOV) = fc_amount / fc_quantity: FC amount divided by FC quantity.
--   upsells_aov (Upsells AOV) = upsells_amount / upsells_quantity: Upsells amount divided by upsells quantity.
--   total_aov (Total AOV) = (fc_amount + upsells_amount) / fc_quantity: FC amount plus upsells amount, divided by FC quantity.
--   ltv (LTV) = (fc_amount + upsells_amount + rebills_amount) / fc_quantity: FC, upsells and rebills amount, divided by FC quantity. It grows with age: renewals of recent first charges are still to come, so a recent window or month is lower than an old one.
--   pass 1, first charges of the window and what belongs to them: d0 fc_amount, amount of charges of the kind first_charge; c1 fc_quantity, charges of the kind first_charge; d2 upsells_amount, amount of charges of the kind upsell; c3 upsells_quantity, charges of the kind upsell; d4 rebills_amount, amount of charges of the kind rebill
--
-- Report summary#course: Summary
--   fc_aov (FC AOV) = fc_amount / fc_quantity: FC amount divided by FC quantity.
--   upsells_aov (Upsells AOV) = upsells_amount / upsells_quantity: Upsells amount divided by upsells quantity.
--   total_aov (Total AOV) = (fc_amount + upsells_amount) / fc_quantity: FC amount plus upsells amount, divided by FC quantity.
--   ltv (LTV) = (fc_amount + upsells_amount + rebills_amount) / fc_quantity: FC, upsells and rebills amount, divided by FC quantity. It grows with age: renewals of recent first charges are still to come, so a recent window or month is lower than an old one.
--   k0: month of the booking
--   pass 2, first charges of the window and what belongs to them: d0 fc_amount, amount of charges of the kind first_charge; c1 fc_quantity, charges of the kind first_charge; d2 upsells_amount, amount of charges of the kind upsell; c3 upsells_quantity, charges of the kind upsell; d4 rebills_amount, amount of charges of the kind rebill
WITH
-- the rows of purchases, every state of each; from here on customers stay together
purchase_rows AS (
  SELECT customer,
    at,
    seq,
    CAST(a0 AS STRING) AS key,
    CAST(NULL AS STRING) AS parent,
    a5 AS a_charge_kind,
    a3 AS a_currency,
    a1 AS a_purchase_status,
    a6 AS a_subscription_id,
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
    given_back, newest.a_charge_kind AS a_charge_kind, newest.a_currency AS a_currency, newest.a_purchase_status AS a_purchase_status, newest.a_subscription_id AS a_subscription_id, newest.a_total_price AS a_total_price
  FROM (
    SELECT customer, key, MIN(CASE WHEN at <= 1782770400000000L AND NOT gives_back THEN STRUCT(at, seq) END) AS first,
      MAX(CASE WHEN at <= 1782770400000000L AND NOT gives_back THEN STRUCT(at, seq, parent, a_charge_kind, a_currency, a_purchase_status, a_subscription_id, a_total_price) END) AS newest,
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
    CASE WHEN COALESCE(p.a_charge_kind IN ('first_charge'), FALSE) THEN 1 WHEN COALESCE(p.a_charge_kind IN ('upsell'), FALSE) THEN 2 WHEN COALESCE(p.a_charge_kind IN ('rebill'), FALSE) THEN 3 ELSE 0 END AS e_2,
    FALSE AS is_excluded
  FROM purchase_states p
  WHERE p.at IS NOT NULL
),
-- s: successful, c: cancelled, u: neither; which of them count, and what kind of charge each is
purchases AS (
  SELECT p.customer, p.key, p.at, p.seq, p.parent, p.amount, p.currency, p.given_back, p.a_charge_kind, p.a_currency, p.a_purchase_status, p.a_subscription_id, p.a_total_price, p.e_1, p.e_2,
    p.e_1 IN (1) AND p.amount >= 0 AS counts,
    CASE WHEN p.e_1 IN (1) THEN 's' WHEN p.e_1 IN (2) THEN 'c' ELSE 'u' END AS state,
    CASE WHEN p.e_2 IN (1) THEN 'first_charge' WHEN p.e_2 IN (2) THEN 'upsell' WHEN p.e_2 IN (3) THEN 'rebill' END AS charge,
    ROW_NUMBER() OVER (PARTITION BY p.customer ORDER BY p.at, p.seq, p.key) AS ordinal
  FROM purchase_worth p
  WHERE NOT p.is_excluded
),
-- the customer's latest first charge before each purchase, and those of the same link
charges AS (
  SELECT p.*,
    ROW_NUMBER() OVER (PARTITION BY p.customer, p.counts ORDER BY p.at, p.ordinal) AS n,
    LAG(p.at) OVER (PARTITION BY p.customer, p.counts ORDER BY p.at, p.ordinal) AS previous_at,
    CASE WHEN p.charge = 'first_charge' AND p.counts THEN NAMED_STRUCT('at', p.at, 'ordinal', p.ordinal, 'home_currency', p.currency, 'grouped_at', p.at, 'a_charge_kind', p.a_charge_kind, 'a_currency', p.a_currency, 'a_purchase_status', p.a_purchase_status, 'a_subscription_id', p.a_subscription_id, 'a_total_price', p.a_total_price, 'e_1', p.e_1, 'e_2', p.e_2) END AS own,
    MAX(CASE WHEN p.charge = 'first_charge' AND p.counts THEN NAMED_STRUCT('at', p.at, 'ordinal', p.ordinal, 'home_currency', p.currency, 'grouped_at', p.at, 'a_charge_kind', p.a_charge_kind, 'a_currency', p.a_currency, 'a_purchase_status', p.a_purchase_status, 'a_subscription_id', p.a_subscription_id, 'a_total_price', p.a_total_price, 'e_1', p.e_1, 'e_2', p.e_2) END) OVER (PARTITION BY p.customer ORDER BY p.at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS latest,
    CASE WHEN p.a_subscription_id IS NOT NULL THEN COALESCE(MAX(CASE WHEN p.charge = 'first_charge' AND p.counts THEN NAMED_STRUCT('at', p.at, 'ordinal', p.ordinal, 'home_currency', p.currency, 'grouped_at', p.at, 'a_charge_kind', p.a_charge_kind, 'a_currency', p.a_currency, 'a_purchase_status', p.a_purchase_status, 'a_subscription_id', p.a_subscription_id, 'a_total_price', p.a_total_price, 'e_1', p.e_1, 'e_2', p.e_2) END) OVER (PARTITION BY p.customer, p.a_subscription_id ORDER BY p.at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), MIN(CASE WHEN p.charge = 'first_charge' AND p.counts THEN NAMED_STRUCT('at', p.at, 'ordinal', p.ordinal, 'home_currency', p.currency, 'grouped_at', p.at, 'a_charge_kind', p.a_charge_kind, 'a_currency', p.a_currency, 'a_purchase_status', p.a_purchase_status, 'a_subscription_id', p.a_subscription_id, 'a_total_price', p.a_total_price, 'e_1', p.e_1, 'e_2', p.e_2) END) OVER (PARTITION BY p.customer, p.a_subscription_id)) END AS linked1
  FROM purchases p
),
-- n: which one it is of those that count; previous_at: the one before; anchor: the first charge it belongs to
purchase_facts AS (
  SELECT p.customer, p.key, p.at, p.seq, p.ordinal, p.amount, p.currency, p.given_back, p.counts, p.state, p.charge, p.n, p.previous_at, p.a_charge_kind, p.a_currency, p.a_purchase_status, p.a_subscription_id, p.a_total_price, p.e_1, p.e_2,
    CASE WHEN p.charge = 'first_charge' THEN p.own
      WHEN p.charge IS NOT NULL THEN COALESCE(
        p.linked1,
        p.latest)
    END AS anchor
  FROM charges p
),
-- into the display currency, from a day until before another
rates AS (
  SELECT * FROM VALUES
    ('EUR', -10000000, 10000000, CAST(CAST('1' AS DECIMAL(1, 0)) AS DECIMAL(1, 0)))
    AS rates(currency, first_day, end_day, rate)
),
-- orders, what was given back on them, and cancelled purchases; display is null without a rate
bookings AS (
  SELECT b.customer, b.key, b.at, b.ordinal, b.currency, b.counts, b.charge, b.n, b.previous_at, b.a_charge_kind, b.a_currency, b.a_purchase_status, b.a_subscription_id, b.a_total_price, b.e_1, b.e_2, b.anchor,
    b.booking.kind,
    b.booking.booked_at,
    b.booking.booked,
    b.booking.booked_currency,
    b.booking.kind = 'order' AND b.counts AS is_purchase,
    DATEDIFF(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(b.booking.booked_at), 'Europe/Prague')), DATE'1970-01-01') AS rate_day,
    CAST(b.booking.booked * rates.rate AS DECIMAL(38, 2)) AS display,
    CAST(b.booking.booked * rates.rate AS DECIMAL(38, 2)) AS in_segment_currency
  FROM (
    SELECT p.customer, p.key, p.at, p.ordinal, p.currency, p.counts, p.charge, p.n, p.previous_at, p.a_charge_kind, p.a_currency, p.a_purchase_status, p.a_subscription_id, p.a_total_price, p.e_1, p.e_2, p.anchor,
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
    MAX(CASE WHEN is_purchase THEN at END) OVER (PARTITION BY customer) AS last_at
  FROM bookings b
),
-- with properties and consents
known AS (
  SELECT b.*
  FROM histories b
),
-- with segments by position, 0 for the remainder
facts AS (
  SELECT r.*
  FROM known r
),
-- a row for each pass a booking is in: its groups (kc: the cohort), and what it adds
passes AS (
  SELECT customer, p.*
  FROM (
    SELECT r.customer, EXPLODE(ARRAY(
      CASE WHEN COALESCE(r.anchor.grouped_at >= 1751234400000001L AND r.anchor.grouped_at < 1782770400000001L, FALSE)
        THEN NAMED_STRUCT('pass', 0,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(NULL AS INT),
          'd0', CAST(CASE WHEN r.kind <> 'canceled' AND r.charge = 'first_charge' THEN CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END END AS DECIMAL(38, 2)),
          'c1', CAST(CASE WHEN r.is_purchase AND r.charge = 'first_charge' THEN 1 ELSE 0 END AS BIGINT),
          'd2', CAST(CASE WHEN r.kind <> 'canceled' AND r.charge = 'upsell' THEN CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END END AS DECIMAL(38, 2)),
          'c3', CAST(CASE WHEN r.is_purchase AND r.charge = 'upsell' THEN 1 ELSE 0 END AS BIGINT),
          'd4', CAST(CASE WHEN r.kind <> 'canceled' AND r.charge = 'rebill' THEN CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END END AS DECIMAL(38, 2)),
          'missing_rate', CAST(CASE WHEN r.kind <> 'canceled' AND r.charge = 'first_charge' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) WHEN r.kind <> 'canceled' AND r.charge = 'upsell' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) WHEN r.kind <> 'canceled' AND r.charge = 'rebill' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) END AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN COALESCE(r.anchor.grouped_at >= 1719698400000001L AND r.anchor.grouped_at < 1751234400000001L, FALSE)
        THEN NAMED_STRUCT('pass', 1,
          'k0', CAST(NULL AS STRING),
          'is_grouped', FALSE,
          'kc', CAST(NULL AS STRING),
          'period', CAST(NULL AS INT),
          'd0', CAST(CASE WHEN r.kind <> 'canceled' AND r.charge = 'first_charge' THEN CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END END AS DECIMAL(38, 2)),
          'c1', CAST(CASE WHEN r.is_purchase AND r.charge = 'first_charge' THEN 1 ELSE 0 END AS BIGINT),
          'd2', CAST(CASE WHEN r.kind <> 'canceled' AND r.charge = 'upsell' THEN CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END END AS DECIMAL(38, 2)),
          'c3', CAST(CASE WHEN r.is_purchase AND r.charge = 'upsell' THEN 1 ELSE 0 END AS BIGINT),
          'd4', CAST(CASE WHEN r.kind <> 'canceled' AND r.charge = 'rebill' THEN CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END END AS DECIMAL(38, 2)),
          'missing_rate', CAST(CASE WHEN r.kind <> 'canceled' AND r.charge = 'first_charge' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) WHEN r.kind <> 'canceled' AND r.charge = 'upsell' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) WHEN r.kind <> 'canceled' AND r.charge = 'rebill' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) END AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END,
      CASE WHEN COALESCE(r.anchor.grouped_at >= 1751234400000001L AND r.anchor.grouped_at < 1782770400000001L, FALSE)
        THEN NAMED_STRUCT('pass', 2,
          'k0', CAST(CONCAT('b', CAST(((YEAR(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.anchor.grouped_at), 'Europe/Prague'))) - 1970) * 12 + MONTH(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.anchor.grouped_at), 'Europe/Prague'))) - 1) AS STRING)) AS STRING),
          'is_grouped', CONCAT('b', CAST(((YEAR(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.anchor.grouped_at), 'Europe/Prague'))) - 1970) * 12 + MONTH(TO_DATE(FROM_UTC_TIMESTAMP(TIMESTAMP_MICROS(r.anchor.grouped_at), 'Europe/Prague'))) - 1) AS STRING)) IS NOT NULL,
          'kc', CAST(NULL AS STRING),
          'period', CAST(NULL AS INT),
          'd0', CAST(CASE WHEN r.kind <> 'canceled' AND r.charge = 'first_charge' THEN CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END END AS DECIMAL(38, 2)),
          'c1', CAST(CASE WHEN r.is_purchase AND r.charge = 'first_charge' THEN 1 ELSE 0 END AS BIGINT),
          'd2', CAST(CASE WHEN r.kind <> 'canceled' AND r.charge = 'upsell' THEN CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END END AS DECIMAL(38, 2)),
          'c3', CAST(CASE WHEN r.is_purchase AND r.charge = 'upsell' THEN 1 ELSE 0 END AS BIGINT),
          'd4', CAST(CASE WHEN r.kind <> 'canceled' AND r.charge = 'rebill' THEN CASE r.kind WHEN 'refund' THEN -r.display ELSE r.display END END AS DECIMAL(38, 2)),
          'missing_rate', CAST(CASE WHEN r.kind <> 'canceled' AND r.charge = 'first_charge' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) WHEN r.kind <> 'canceled' AND r.charge = 'upsell' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) WHEN r.kind <> 'canceled' AND r.charge = 'rebill' AND r.display IS NULL THEN CONCAT(r.booked_currency, ' ', CAST(r.rate_day AS STRING)) END AS STRING),
          'mixed_currency', CAST(NULL AS STRING)) END
    )) AS p
    FROM facts r
  )
  WHERE p IS NOT NULL
),
-- t: the total, g: the group, c: the cohort
parts AS (
  SELECT customer, pass, part, CASE part WHEN 'g' THEN k0 WHEN 'c' THEN kc END AS k0, period, d0, c1, d2, c3, d4, missing_rate, mixed_currency
  FROM (
    SELECT *, EXPLODE(ARRAY('t', CASE WHEN is_grouped THEN 'g' END, CASE WHEN kc IS NOT NULL THEN 'c' END)) AS part
    FROM passes
  )
  WHERE part IS NOT NULL
),
-- by customer, group and period
customer_sums AS (
  SELECT customer, pass, part, k0, period, SUM(d0) AS d0, SUM(c1) AS c1, SUM(d2) AS d2, SUM(c3) AS c3, SUM(d4) AS d4,
    MAX(missing_rate) AS missing_rate, MAX(mixed_currency) AS mixed_currency
  FROM parts
  GROUP BY customer, pass, part, k0, period
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
  CAST(NULL AS STRING) AS c2,
  CAST(NULL AS STRING) AS b2,
  CAST(SUM(d2) AS STRING) AS d2,
  CAST(NULL AS STRING) AS w2,
  CAST(SUM(c3) AS STRING) AS c3,
  CAST(COUNT_IF(c3 > 0) AS STRING) AS b3,
  CAST(NULL AS STRING) AS d3,
  CAST(NULL AS STRING) AS w3,
  CAST(NULL AS STRING) AS c4,
  CAST(NULL AS STRING) AS b4,
  CAST(SUM(d4) AS STRING) AS d4,
  CAST(NULL AS STRING) AS w4,
  MAX(missing_rate) AS missing_rate, MAX(mixed_currency) AS mixed_currency
FROM customer_sums
GROUP BY pass, part, k0;
