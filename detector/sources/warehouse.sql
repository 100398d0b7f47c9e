-- Charges of a FOCUS table to the rollup that `enduse` makes of it (features/charges.py), exactly.
-- DuckDB's dialect; docs/warehouse.md says what to change elsewhere, and how to go on from it.
--
-- Reads    focus   the FOCUS table, with the columns named in `charges` (absent ones as NULL):
--                  times as TIMESTAMP in UTC, amounts as DECIMAL(38, 15), the rest as VARCHAR
--          skus    what the SKU texts in it mean (detector.sources.warehouse.sku_meanings)
--          $as_of  TIMESTAMP in UTC: nothing at or after it is seen
-- Returns  one row per account, payer, day, service, region, price, GPU model and token direction

-- Of `amount`, what falls into the first `part` of `whole` seconds: rounded half-even, 15 places.
CREATE OR REPLACE TEMP MACRO unscaled(amount) AS
  CAST(replace(CAST(CAST(abs(amount) AS DECIMAL(38, 15)) AS VARCHAR), '.', '') AS HUGEINT);
CREATE OR REPLACE TEMP MACRO half_even(n, d) AS
  n // d + CASE WHEN 2 * (n % d) > d OR (2 * (n % d) = d AND (n // d) % 2 = 1) THEN 1 ELSE 0 END;
CREATE OR REPLACE TEMP MACRO until(amount, part, whole) AS
  CASE WHEN part = 0 THEN CAST(0 AS DECIMAL(38, 15))
  ELSE sign(amount) * CAST(half_even(unscaled(amount) * part, whole) AS DECIMAL(38, 0))
       * CAST('0.000000000000001' AS DECIMAL(15, 15)) END;
CREATE OR REPLACE TEMP MACRO portion(amount, before, after, whole, ends) AS
  CASE WHEN before = 0 AND ends THEN amount
  ELSE (CASE WHEN ends THEN amount ELSE until(amount, after, whole) END)
       - until(amount, before, whole) END;
CREATE OR REPLACE TEMP MACRO told(text) AS CASE WHEN text IN ('', 'NULL') THEN NULL ELSE text END;

WITH charges AS (  -- blank texts are nulls, value lists are spelled alike
  SELECT epoch_us(ChargePeriodStart) AS t0, epoch_us(ChargePeriodEnd) AS t1,
         epoch_us(CAST($as_of AS TIMESTAMP)) AS as_of,
         told(BillingAccountId) AS payer_id, told(SubAccountId) AS sub_account,
         CASE lower(ChargeCategory) WHEN 'usage' THEN 'Usage' WHEN 'purchase' THEN 'Purchase'
              WHEN 'tax' THEN 'Tax' WHEN 'credit' THEN 'Credit' WHEN 'adjustment' THEN 'Adjustment'
         END AS charge,
         lower(ChargeClass) IS NOT DISTINCT FROM 'correction' AS correction,
         told(ServiceName) AS ServiceName, told(RegionId) AS region,
         CASE lower(told(PricingCategory)) WHEN 'standard' THEN 'Standard'
              WHEN 'on-demand' THEN 'Standard' WHEN 'dynamic' THEN 'Dynamic'
              WHEN 'committed' THEN 'Committed' WHEN 'commitment-based' THEN 'Committed'
              WHEN 'other' THEN 'Other' ELSE told(PricingCategory) END AS pricing,
         told(BillingCurrency) AS currency,
         lower(CommitmentDiscountStatus) IS NOT DISTINCT FROM 'unused'
           OR lower(CapacityReservationStatus) IS NOT DISTINCT FROM 'unused' AS unused,
         ConsumedQuantity AS quantity, told(ConsumedUnit) AS ConsumedUnit,
         EffectiveCost AS effective, BilledCost AS billed, ListCost AS listed,
         told(SkuPriceDetails) AS SkuPriceDetails, told(SkuMeter) AS SkuMeter,
         told(ResourceType) AS ResourceType, told(ChargeDescription) AS ChargeDescription,
         told(SkuId) AS SkuId, told(ServiceCategory) AS ServiceCategory
  FROM focus
), sound AS (  -- the rows that the reader does not put into the quarantine
  SELECT * FROM charges
  WHERE t0 < t1 AND t0 < as_of
    AND payer_id IS NOT NULL AND charge IS NOT NULL AND ServiceName IS NOT NULL
    AND (charge <> 'Usage' OR unused OR correction
         OR (quantity IS NOT NULL AND ConsumedUnit IS NOT NULL))
    AND (charge <> 'Usage' OR correction OR quantity IS NULL OR quantity >= 0  -- or money went back
         OR (least(effective, billed, listed) < 0 AND greatest(effective, billed, listed) <= 0))
    AND greatest(abs(coalesce(quantity, 0)), abs(coalesce(effective, 0)),
                 abs(coalesce(billed, 0)), abs(coalesce(listed, 0))) < 1000000000000000
), pieces AS (  -- cut at each midnight and at as-of
  SELECT *, greatest(number * 86400000000, t0) AS f,
         least((number + 1) * 86400000000, t1, as_of) AS t
  FROM (SELECT *, unnest(range(t0 // 86400000000,
                               (least(t1, as_of) - 1) // 86400000000 + 1)) AS number FROM sound)
), timed AS (  -- whole seconds of the row before and after each piece
  SELECT *, (f - t0) // 1000000 AS before, (t - t0) // 1000000 AS after, t = t1 AS ends,
         greatest((t1 - t0) // 1000000, 1) AS whole, (t - f) // 1000000 <= 3600 AS hourly
  FROM pieces
), shared AS (  -- amounts shared out by seconds; the pieces add up to the row
  SELECT * REPLACE (portion(quantity, before, after, whole, ends) AS quantity,
                    portion(effective, before, after, whole, ends) AS effective,
                    portion(billed, before, after, whole, ends) AS billed,
                    portion(listed, before, after, whole, ends) AS listed)
  FROM timed
), known AS (  -- what was bought
  SELECT shared.*, s.gpu_model, s.gpu_num, s.gpu_den, s.token_num, s.token_den,
         s.token_direction, s.model_hint, s.mapping_confidence < 0.9 AS guessed,
         coalesce(s.unknown_instance, FALSE) AS unknown,
         charge = 'Usage' AND NOT unused AND coalesce(s.timeless, FALSE) AS timeless,
         charge = 'Usage' AND coalesce(s.kind = 'gpu', FALSE) AS gpu,
         charge = 'Usage' AND NOT unused AND coalesce(s.kind = 'tokens', FALSE) AS token
  FROM shared LEFT JOIN skus s
    ON shared.SkuPriceDetails IS NOT DISTINCT FROM s.SkuPriceDetails
   AND shared.SkuMeter IS NOT DISTINCT FROM s.SkuMeter
   AND shared.ResourceType IS NOT DISTINCT FROM s.ResourceType
   AND shared.ChargeDescription IS NOT DISTINCT FROM s.ChargeDescription
   AND shared.SkuId IS NOT DISTINCT FROM s.SkuId
   AND shared.ConsumedUnit IS NOT DISTINCT FROM s.ConsumedUnit
   AND shared.ServiceName IS NOT DISTINCT FROM s.ServiceName
   AND shared.ServiceCategory IS NOT DISTINCT FROM s.ServiceCategory
)
SELECT coalesce(sub_account, payer_id) AS account_id, payer_id,
       CAST(make_timestamp(number * 86400000000) AS DATE) AS day,
       ServiceName AS service, region, pricing, charge, currency,
       CASE WHEN gpu THEN gpu_model END AS gpu_model,
       CASE WHEN gpu THEN gpu_den WHEN token THEN token_den ELSE 1 END AS denominator,
       CASE WHEN token THEN token_direction END AS token_direction,
       CASE WHEN token THEN model_hint END AS model_hint,
       gpu AND unused AS idle,
       CAST(count(*) AS BIGINT) AS rows,
       CAST(sum(CASE WHEN hourly THEN 1 ELSE 0 END) AS BIGINT) AS hourly_rows,
       CAST(sum(CASE WHEN gpu AND NOT unused AND guessed THEN 1 ELSE 0 END) AS BIGINT)
         AS guessed_rows,
       CAST(sum(CASE WHEN charge = 'Usage' AND NOT unused AND unknown THEN 1 ELSE 0 END) AS BIGINT)
         AS unknown_rows,
       CAST(sum(CASE WHEN timeless AND quantity <> 0 THEN 1 ELSE 0 END) AS BIGINT)
         AS unmapped_rows,
       sum(CASE WHEN gpu THEN coalesce(quantity, 0) * gpu_num ELSE 0 END) AS gpu_amount,
       sum(CASE WHEN token THEN coalesce(quantity, 0) * token_num ELSE 0 END) AS token_amount,
       sum(coalesce(effective, billed, listed, 0)) AS cost,
       sum(coalesce(billed, effective, 0)) AS billed,
       bit_or(CASE WHEN hourly THEN (1 << CAST(f % 86400000000 // 3600000000 AS INTEGER))
                                  | (1 << CAST((t - 1) % 86400000000 // 3600000000 AS INTEGER))
              ELSE 0 END) AS hours,
       make_timestamp(min(f)) AS first, make_timestamp(max(t)) AS last
FROM known
GROUP BY ALL
ORDER BY ALL;
