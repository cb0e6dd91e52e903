-- Rows in their own currency, the total converted; the cast keeps the digits of the latter.
SELECT
    if(grouping = 7, 'total', 'row') AS part, currency,
    fc_quantity, if(grouping = 7, fc_value, fc_native::DECIMAL(38, 6)) AS fc_amount,
    upsell_quantity, if(grouping = 7, upsell_value, upsell_native::DECIMAL(38, 6)) AS upsell_amount,
    rebill_quantity, if(grouping = 7, rebill_value, rebill_native::DECIMAL(38, 6)) AS rebill_amount,
    (fc_amount + upsell_amount) / fc_quantity AS total_aov,
    (fc_amount + upsell_amount + rebill_amount) / fc_quantity AS ltv
FROM charges WHERE grouping IN (5, 7)
