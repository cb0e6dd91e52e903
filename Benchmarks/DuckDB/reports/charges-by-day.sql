SELECT
    if(grouping = 7, 'total', 'row') AS part, day,
    fc_quantity, fc_value AS fc_amount, upsell_quantity, upsell_value AS upsell_amount,
    rebill_quantity, rebill_value AS rebill_amount,
    (fc_amount + upsell_amount) / fc_quantity AS total_aov,
    (fc_amount + upsell_amount + rebill_amount) / fc_quantity AS ltv
FROM charges WHERE grouping IN (6, 7)
