-- case: event-count
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    ARRAY["user"] AS f1
  FROM events
),
copies AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, ts) AS copy
  FROM events_
  WHERE b1
    AND ts IS NOT NULL
),
members AS (
  SELECT
    id,
    ts,
    b1 AS s1,
    COALESCE(filter(f1, x -> x IS NOT NULL), ARRAY[]) AS f1
  FROM copies
  WHERE id IS NULL
    OR copy = 1
),
grouped AS (
  SELECT *
  FROM members
  CROSS JOIN UNNEST(array_distinct(f1)) AS group1(g1)
),
moments AS (
  SELECT
    g1,
    ts,
    count(1) AS events,
    array_sort(COALESCE(filter(array_agg(id), x -> x IS NOT NULL), ARRAY[])) AS evidence
  FROM grouped
  GROUP BY g1, ts
),
windows AS (
  SELECT
    *,
    sum(events) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 600000000000 PRECEDING AND CURRENT ROW) AS value
  FROM moments
),
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 3 AS holds,
    CAST(value AS bigint) AS value
  FROM windows
),
turns AS (
  SELECT
    *,
    CASE
      WHEN holds
      AND COALESCE(lag(holds) OVER (PARTITION BY g1 ORDER BY ts), FALSE)
      AND COALESCE(ts - lag(ts) OVER (PARTITION BY g1 ORDER BY ts) <= 600000000000, FALSE) THEN 0
      ELSE 1
    END AS turn
  FROM tested
),
runs AS (
  SELECT
    *,
    sum(turn) OVER (PARTITION BY g1 ORDER BY ts) AS run
  FROM turns
),
bursts AS (
  SELECT
    *,
    min(ts) OVER (PARTITION BY g1, run) AS run_begins,
    max(ts) OVER (PARTITION BY g1, run) AS run_ends,
    max(value) OVER (PARTITION BY g1, run) AS peak
  FROM runs
),
reaches AS (
  SELECT
    *,
    holds AND ts = run_ends AS finding,
    CASE WHEN holds AND ts = run_ends THEN ts - run_begins + 600000000000 ELSE 0 END AS reach
  FROM bursts
),
findings AS (
  SELECT
    g1,
    min(ts) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS begins,
    ts AS ends,
    sum(events) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS events,
    flatten(array_agg(evidence) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW)) AS evidence,
    finding,
    peak
  FROM reaches
)
SELECT
  g1 AS "user",
  from_unixtime_nanos(begins) AS "first",
  from_unixtime_nanos(ends) AS "last",
  CAST(events AS bigint) AS count,
  peak AS value,
  evidence AS ids
FROM findings
WHERE finding
ORDER BY "last", "first", "user"

-- case: percentile-absent
refused: rule.yml:20:9: value_percentile needs a percentile in its condition [missing-percentile]

-- case: percentile-ends
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    ARRAY["user"] AS f1,
    ARRAY[CAST(n AS varchar)] AS f2
  FROM events
),
-- copies: as in event-count
members AS (
  SELECT
    id,
    ts,
    b1 AS s1,
    COALESCE(filter(f1, x -> x IS NOT NULL), ARRAY[]) AS f1,
    COALESCE(filter(f2, x -> x IS NOT NULL), ARRAY[]) AS f2
  FROM copies
  WHERE id IS NULL
    OR copy = 1
),
-- grouped: as in event-count
"values" AS (
  SELECT g1, ts, id, v1
  FROM grouped
  CROSS JOIN UNNEST(f2 || ARRAY[CAST(NULL AS varchar)]) AS value1(v1)
),
decimals AS (
  SELECT
    *,
    CASE
      WHEN COALESCE(NOT regexp_like(v1, '^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$'), TRUE) THEN NULL
      WHEN NOT regexp_like(v1, '[eE]') THEN v1
      WHEN regexp_like(v1, '^-?0(\.0+)?[eE]') THEN '0'
      WHEN abs(COALESCE(TRY_CAST(regexp_extract(v1, '[eE]\+?(-?[0-9]+)$', 1) AS bigint), 1000000)
        + CASE
          WHEN regexp_like(v1, '^-?0') THEN 0 - length(COALESCE(regexp_extract(v1, '^-?0\.(0*)', 1), ''))
          ELSE length(COALESCE(regexp_extract(v1, '^-?([0-9]+)', 1), ''))
        END) <= 400 THEN CASE WHEN starts_with(v1, '-') THEN '-' ELSE '' END
        || substr(
          '0000000000000000000000000000000000000000000000000000000000000'
            || COALESCE(regexp_extract(v1, '^-?([0-9]+)', 1), '')
            || COALESCE(regexp_extract(v1, '\.([0-9]+)', 1), '')
            || '0000000000000000000000000000000000000000000000000000000000000'
            || '0000000000000000000000000000000000000000000000000000000000000',
          1,
          greatest(
            0,
            least(
              120,
              length(COALESCE(regexp_extract(v1, '^-?([0-9]+)', 1), ''))
                + COALESCE(
                  TRY_CAST(regexp_extract(v1, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                  CASE WHEN regexp_like(v1, '[eE]-') THEN -60 ELSE 60 END
                )
                + 60
            )
          )
            + 1
        )
        || '.'
        || substr(
          '0000000000000000000000000000000000000000000000000000000000000'
            || COALESCE(regexp_extract(v1, '^-?([0-9]+)', 1), '')
            || COALESCE(regexp_extract(v1, '\.([0-9]+)', 1), '')
            || '0000000000000000000000000000000000000000000000000000000000000'
            || '0000000000000000000000000000000000000000000000000000000000000',
          greatest(
            0,
            least(
              120,
              length(COALESCE(regexp_extract(v1, '^-?([0-9]+)', 1), ''))
                + COALESCE(
                  TRY_CAST(regexp_extract(v1, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                  CASE WHEN regexp_like(v1, '[eE]-') THEN -60 ELSE 60 END
                )
                + 60
            )
          )
            + 2
        )
    END AS digits
  FROM "values"
),
numbers AS (
  SELECT
    *,
    CAST(regexp_extract(digits, '^-?[0-9]+', 0) AS DECIMAL(38, 0)) AS whole,
    COALESCE(
      CAST(CASE WHEN starts_with(digits, '-') THEN '-0.' ELSE '0.' END
        || NULLIF(regexp_extract(digits, '\.([0-9]*[1-9])0*$', 1), '')
        || CASE
          WHEN length(NULLIF(regexp_extract(digits, '\.([0-9]*[1-9])0*$', 1), '')) > 24 THEN ' has more than 24 digits'
          ELSE ''
        END AS DECIMAL(38, 24)),
      0
    ) AS part
  FROM decimals
),
moments AS (
  SELECT
    g1,
    ts,
    count(CASE WHEN v1 IS NULL THEN 1 END) AS events,
    array_sort(COALESCE(filter(array_agg(CASE WHEN v1 IS NULL THEN id END), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    count(whole) AS numbers,
    count(CASE
      WHEN whole < CAST('3' AS DECIMAL(38, 0))
      OR whole = CAST('3' AS DECIMAL(38, 0))
      AND part < CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) THEN 1
    END) AS below1,
    count(CASE
      WHEN whole < CAST('3' AS DECIMAL(38, 0))
      OR whole = CAST('3' AS DECIMAL(38, 0))
      AND part <= CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) THEN 1
    END) AS upto1,
    max(CASE
      WHEN whole < CAST('3' AS DECIMAL(38, 0))
      OR whole = CAST('3' AS DECIMAL(38, 0))
      AND part < CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) THEN CAST(ROW(
        whole,
        part
      ) AS ROW(whole DECIMAL(38, 0), part DECIMAL(38, 24)))
    END) AS low1,
    min(CASE
      WHEN whole > CAST('3' AS DECIMAL(38, 0))
      OR whole = CAST('3' AS DECIMAL(38, 0))
      AND part > CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) THEN CAST(ROW(
        whole,
        part
      ) AS ROW(whole DECIMAL(38, 0), part DECIMAL(38, 24)))
    END) AS high1
  FROM numbers
  GROUP BY g1, ts
),
windows AS (
  SELECT
    *,
    CAST(sum(numbers) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 600000000000 PRECEDING AND CURRENT ROW) AS bigint) AS n,
    CAST(sum(below1) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 600000000000 PRECEDING AND CURRENT ROW) AS bigint) AS a1,
    CAST(sum(upto1) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 600000000000 PRECEDING AND CURRENT ROW) AS bigint) AS b1
  FROM moments
),
places AS (
  SELECT
    *,
    1 * (n - 1) AS place,
    1 * (n - 1) % 1 AS rest
  FROM windows
),
betweens AS (
  SELECT
    *,
    n > 0 AND rest > 0 AND place < a1 * 1 AND NOT place + 1 < b1 * 1 AS between1
  FROM places
),
backs AS (
  SELECT
    *,
    CASE WHEN between1 THEN 600000000000 ELSE 0 END AS back1
  FROM betweens
),
neighbours AS (
  SELECT
    *,
    max(low1) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN back1 PRECEDING AND CURRENT ROW) AS nearest_low1,
    min(high1) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN back1 PRECEDING AND CURRENT ROW) AS nearest_high1
  FROM backs
),
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    n > 0
    AND (
      rest = 0
      AND place < b1 * 1
      OR NOT rest = 0
      AND place + 1 < b1 * 1
      OR between1
      AND NOT (
        nearest_low1.whole * (1 - rest) + nearest_high1.whole * rest - CAST('3' AS DECIMAL(38, 0)) * 1
          + floor(nearest_low1.part * (1 - rest) + nearest_high1.part * rest
            - CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) * 1) > 0
        OR nearest_low1.whole * (1 - rest) + nearest_high1.whole * rest - CAST('3' AS DECIMAL(38, 0)) * 1
          + floor(nearest_low1.part * (1 - rest) + nearest_high1.part * rest
            - CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) * 1) = 0
        AND nearest_low1.part * (1 - rest) + nearest_high1.part * rest
          - CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) * 1 > floor(nearest_low1.part * (1 - rest)
          + nearest_high1.part * rest
          - CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) * 1)
      )
    )
    AND NOT (
      place < a1 * 1
      AND (
        rest = 0
        OR place + 1 < b1 * 1
      )
      OR between1
      AND nearest_low1.whole * (1 - rest) + nearest_high1.whole * rest - CAST('3' AS DECIMAL(38, 0)) * 1
        + floor(nearest_low1.part * (1 - rest) + nearest_high1.part * rest
          - CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) * 1) < 0
    ) AS holds
  FROM neighbours
),
-- turns, runs: as in event-count
bursts AS (
  SELECT
    *,
    min(ts) OVER (PARTITION BY g1, run) AS run_begins,
    max(ts) OVER (PARTITION BY g1, run) AS run_ends
  FROM runs
),
-- reaches: as in event-count
findings AS (
  SELECT
    g1,
    min(ts) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS begins,
    ts AS ends,
    sum(events) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS events,
    flatten(array_agg(evidence) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW)) AS evidence,
    finding
  FROM reaches
)
SELECT
  g1 AS "user",
  from_unixtime_nanos(begins) AS "first",
  from_unixtime_nanos(ends) AS "last",
  CAST(events AS bigint) AS count,
  evidence AS ids
FROM findings
WHERE finding
ORDER BY "last", "first", "user"
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    ARRAY[host] AS f1,
    ARRAY[CAST(n AS varchar)] AS f2
  FROM events
),
-- copies: as in event-count
-- members: as in percentile-ends
-- grouped: as in event-count
-- values, decimals, numbers: as in percentile-ends
moments AS (
  SELECT
    g1,
    ts,
    count(CASE WHEN v1 IS NULL THEN 1 END) AS events,
    array_sort(COALESCE(filter(array_agg(CASE WHEN v1 IS NULL THEN id END), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    count(whole) AS numbers,
    count(CASE
      WHEN whole < CAST('0' AS DECIMAL(38, 0))
      OR whole = CAST('0' AS DECIMAL(38, 0))
      AND part < CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) THEN 1
    END) AS below1,
    count(CASE
      WHEN whole < CAST('0' AS DECIMAL(38, 0))
      OR whole = CAST('0' AS DECIMAL(38, 0))
      AND part <= CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) THEN 1
    END) AS upto1,
    max(CASE
      WHEN whole < CAST('0' AS DECIMAL(38, 0))
      OR whole = CAST('0' AS DECIMAL(38, 0))
      AND part < CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) THEN CAST(ROW(
        whole,
        part
      ) AS ROW(whole DECIMAL(38, 0), part DECIMAL(38, 24)))
    END) AS low1,
    min(CASE
      WHEN whole > CAST('0' AS DECIMAL(38, 0))
      OR whole = CAST('0' AS DECIMAL(38, 0))
      AND part > CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) THEN CAST(ROW(
        whole,
        part
      ) AS ROW(whole DECIMAL(38, 0), part DECIMAL(38, 24)))
    END) AS high1
  FROM numbers
  GROUP BY g1, ts
),
windows AS (
  SELECT
    *,
    CAST(sum(numbers) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS bigint) AS n,
    CAST(sum(below1) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS bigint) AS a1,
    CAST(sum(upto1) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS bigint) AS b1
  FROM moments
),
places AS (
  SELECT
    *,
    0 * (n - 1) AS place,
    0 * (n - 1) % 1 AS rest
  FROM windows
),
-- betweens: as in percentile-ends
backs AS (
  SELECT
    *,
    CASE WHEN between1 THEN 60000000000 ELSE 0 END AS back1
  FROM betweens
),
-- neighbours: as in percentile-ends
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    n > 0
    AND (
      place < a1 * 1
      AND (
        rest = 0
        OR place + 1 < b1 * 1
      )
      OR between1
      AND nearest_low1.whole * (1 - rest) + nearest_high1.whole * rest - CAST('0' AS DECIMAL(38, 0)) * 1
        + floor(nearest_low1.part * (1 - rest) + nearest_high1.part * rest
          - CAST('0.000000000000000000000000' AS DECIMAL(38, 24)) * 1) < 0
    ) AS holds
  FROM neighbours
),
turns AS (
  SELECT
    *,
    CASE
      WHEN holds
      AND COALESCE(lag(holds) OVER (PARTITION BY g1 ORDER BY ts), FALSE)
      AND COALESCE(ts - lag(ts) OVER (PARTITION BY g1 ORDER BY ts) <= 60000000000, FALSE) THEN 0
      ELSE 1
    END AS turn
  FROM tested
),
-- runs: as in event-count
-- bursts: as in percentile-ends
reaches AS (
  SELECT
    *,
    holds AND ts = run_ends AS finding,
    CASE WHEN holds AND ts = run_ends THEN ts - run_begins + 60000000000 ELSE 0 END AS reach
  FROM bursts
),
-- findings: as in percentile-ends
SELECT
  g1 AS host,
  from_unixtime_nanos(begins) AS "first",
  from_unixtime_nanos(ends) AS "last",
  CAST(events AS bigint) AS count,
  evidence AS ids
FROM findings
WHERE finding
ORDER BY "last", "first", host

-- case: temporal-extended-not
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    COALESCE(lower(kind) = 'b', FALSE) AS b2,
    COALESCE(lower(kind) = 'c', FALSE) AS b3,
    ARRAY["user"] AS f1
  FROM events
),
copies AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, ts) AS copy
  FROM events_
  WHERE (
      b1
      OR b2
      OR b3
    )
    AND ts IS NOT NULL
),
members AS (
  SELECT
    id,
    ts,
    b1 AS s1,
    b2 AS s2,
    b3 AS s3,
    COALESCE(filter(f1, x -> x IS NOT NULL), ARRAY[]) AS f1
  FROM copies
  WHERE id IS NULL
    OR copy = 1
),
-- grouped: as in event-count
moments AS (
  SELECT
    g1,
    ts,
    count(1) AS events,
    array_sort(COALESCE(filter(array_agg(id), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    count(CASE WHEN s1 THEN 1 END) AS n1,
    count(CASE WHEN s2 THEN 1 END) AS n2,
    count(CASE WHEN s3 THEN 1 END) AS n3
  FROM grouped
  GROUP BY g1, ts
),
windows AS (
  SELECT
    *,
    sum(n1) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS w1,
    sum(n2) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS w2,
    sum(n3) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS w3
  FROM moments
),
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    w1 > 0 AND w2 > 0 AND NOT w3 > 0 AS holds
  FROM windows
),
-- turns: as in percentile-ends
-- runs: as in event-count
-- bursts, reaches, findings, statement: as in percentile-ends

-- case: temporal-extended
-- events_, copies, members: as in temporal-extended-not
-- grouped: as in event-count
-- moments, windows: as in temporal-extended-not
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    w1 > 0 AND (w2 > 0 OR w3 > 0) AS holds
  FROM windows
),
-- turns: as in percentile-ends
-- runs: as in event-count
-- bursts, reaches, findings, statement: as in percentile-ends

-- case: temporal-ordered-extended-repeated
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(strpos(lower(kind), 'a') > 0, FALSE) AS b1,
    COALESCE(strpos(lower(kind), 'b') > 0, FALSE) AS b2,
    ARRAY["user"] AS f1
  FROM events
),
copies AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, ts) AS copy
  FROM events_
  WHERE (
      b1
      OR b2
    )
    AND ts IS NOT NULL
),
members AS (
  SELECT
    id,
    ts,
    b1 AS s1,
    b2 AS s2,
    COALESCE(filter(f1, x -> x IS NOT NULL), ARRAY[]) AS f1
  FROM copies
  WHERE id IS NULL
    OR copy = 1
),
-- grouped: as in event-count
moments AS (
  SELECT
    g1,
    ts,
    count(1) AS events,
    array_sort(COALESCE(filter(array_agg(id), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    count(CASE WHEN s1 THEN 1 END) AS any_1,
    count(CASE WHEN s2 THEN 1 END) AS any_2,
    count(CASE WHEN s1 OR s2 THEN 1 END) AS any_1_2
  FROM grouped
  GROUP BY g1, ts
),
chains1 AS (
  SELECT
    *,
    COALESCE(
      max(CASE WHEN any_1 >= 1 THEN ts ELSE -9223372036854775807 END) OVER (PARTITION BY g1 ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
      -9223372036854775807
    ) AS begin_1,
    COALESCE(
      max(CASE WHEN any_2 >= 1 THEN ts ELSE -9223372036854775807 END) OVER (PARTITION BY g1 ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
      -9223372036854775807
    ) AS begin_2
  FROM moments
),
chains2 AS (
  SELECT
    *,
    COALESCE(
      max(greatest(CASE WHEN any_1 >= 1 AND any_2 >= 1 AND any_1_2 >= 2 THEN ts ELSE -9223372036854775807 END, CASE WHEN any_2 >= 1 THEN begin_1 ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts),
      -9223372036854775807
    ) AS begin_1_2_now,
    COALESCE(
      max(greatest(CASE WHEN any_1 >= 1 AND any_2 >= 1 AND any_1_2 >= 2 THEN ts ELSE -9223372036854775807 END, CASE WHEN any_1 >= 1 THEN begin_2 ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts),
      -9223372036854775807
    ) AS begin_2_3_now
  FROM chains1
),
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    begin_1_2_now > -9223372036854775807 AND begin_1_2_now >= ts - 60000000000
    OR begin_2_3_now > -9223372036854775807 AND begin_2_3_now >= ts - 60000000000 AS holds
  FROM chains2
),
-- turns: as in percentile-ends
-- runs: as in event-count
-- bursts, reaches, findings, statement: as in percentile-ends

-- case: temporal-ordered-extended
-- events_, copies, members: as in temporal-extended-not
-- grouped: as in event-count
moments AS (
  SELECT
    g1,
    ts,
    count(1) AS events,
    array_sort(COALESCE(filter(array_agg(id), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    count(CASE WHEN s1 THEN 1 END) AS any_1,
    count(CASE WHEN s2 THEN 1 END) AS any_2,
    count(CASE WHEN s3 THEN 1 END) AS any_3,
    count(CASE WHEN s1 OR s3 THEN 1 END) AS any_1_3,
    count(CASE WHEN s2 OR s3 THEN 1 END) AS any_2_3
  FROM grouped
  GROUP BY g1, ts
),
-- chains1: as in temporal-ordered-extended-repeated
chains2 AS (
  SELECT
    *,
    COALESCE(
      max(greatest(CASE WHEN any_1 >= 1 AND any_3 >= 1 AND any_1_3 >= 2 THEN ts ELSE -9223372036854775807 END, CASE WHEN any_3 >= 1 THEN begin_1 ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts),
      -9223372036854775807
    ) AS begin_1_3_now,
    COALESCE(
      max(greatest(CASE WHEN any_2 >= 1 AND any_3 >= 1 AND any_2_3 >= 2 THEN ts ELSE -9223372036854775807 END, CASE WHEN any_3 >= 1 THEN begin_2 ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts),
      -9223372036854775807
    ) AS begin_2_3_now
  FROM chains1
),
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    begin_1_3_now > -9223372036854775807 AND begin_1_3_now >= ts - 60000000000
    OR begin_2_3_now > -9223372036854775807 AND begin_2_3_now >= ts - 60000000000 AS holds
  FROM chains2
),
-- turns: as in percentile-ends
-- runs: as in event-count
-- bursts, reaches, findings, statement: as in percentile-ends

-- case: value-avg
-- events_: as in percentile-ends
-- copies: as in event-count
-- members: as in percentile-ends
-- grouped: as in event-count
-- values, decimals, numbers: as in percentile-ends
moments AS (
  SELECT
    g1,
    ts,
    count(CASE WHEN v1 IS NULL THEN 1 END) AS events,
    array_sort(COALESCE(filter(array_agg(CASE WHEN v1 IS NULL THEN id END), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    count(whole) AS numbers,
    COALESCE(sum(whole), 0) AS whole,
    COALESCE(sum(part), 0) AS part
  FROM numbers
  GROUP BY g1, ts
),
running AS (
  SELECT
    *,
    sum(whole) OVER (PARTITION BY g1 ORDER BY ts) AS all_whole,
    sum(part) OVER (PARTITION BY g1 ORDER BY ts) AS all_part
  FROM moments
),
windows AS (
  SELECT
    *,
    CAST(sum(numbers) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS bigint) AS n,
    all_whole
      - COALESCE(
        last_value(all_whole) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND 60000000001 PRECEDING),
        0
      ) AS sum_whole,
    all_part
      - COALESCE(
        last_value(all_part) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND 60000000001 PRECEDING),
        0
      ) AS sum_part
  FROM running
),
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    n > 0
    AND (
      sum_whole - CAST('10' AS DECIMAL(38, 0)) * n + floor(sum_part) > 0
      OR sum_whole - CAST('10' AS DECIMAL(38, 0)) * n + floor(sum_part) = 0
      AND sum_part > floor(sum_part)
    ) AS holds,
    (CAST(sum_whole AS double) + CAST(sum_part AS double)) / CAST(NULLIF(n, 0) AS double) AS value
  FROM windows
),
-- turns: as in percentile-ends
-- runs, bursts: as in event-count
-- reaches: as in percentile-ends
-- findings, statement: as in event-count

-- case: value-count-fields
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    ARRAY["user"] AS f1,
    ARRAY[host] AS f2,
    "port as written" AS f3
  FROM (
    SELECT
      *,
      transform(
        reduce(
          sequence(1, 4),
          transform(
            reduce(
              sequence(1, 4),
              ARRAY[json_extract("event with marked numbers", '$')],
              (s, i) -> flatten(transform(
                s,
                j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
              )),
              s -> s
            ),
            j2 -> json_extract(j2, '$["port"]')
          ),
          (s, i) -> flatten(transform(
            s,
            j3 -> IF(json_array_length(j3) IS NULL, ARRAY[j3], CAST(j3 AS array(json)))
          )),
          s -> s
        ),
        j4 -> CASE
          WHEN substr(json_format(j4), 1, 1) IN ('{', '[') THEN regexp_replace(
            regexp_replace(
              regexp_replace(
                COALESCE(json_extract_scalar(j4, '$'), NULLIF(json_format(j4), 'null')),
                '([:,\[])"\\u0001N([^"\\]*)"',
                '$1$2'
              ),
              '([:,\[{])"\\u0001S',
              '$1"\\u0001'
            ),
            '(\\[^u])|\\u(D[89AB][0-9A-F]{2})\\u(D[C-F][0-9A-F]{2})',
            m -> COALESCE(
              element_at(m, 1),
              chr((from_base(element_at(m, 2), 16) - 55296) * 1024 + (from_base(element_at(m, 3), 16) + 9216))
            )
          )
          ELSE element_at(
            transform(
              ARRAY[COALESCE(json_extract_scalar(j4, '$'), NULLIF(json_format(j4), 'null'))],
              u -> CASE
                WHEN starts_with(u, chr(1) || 'N') THEN substr(u, 3)
                WHEN starts_with(u, chr(1) || 'S') THEN chr(1) || substr(u, 3)
                ELSE u
              END
            ),
            1
          )
        END
      ) AS "port as written"
    FROM (
      SELECT
        *,
        regexp_replace(
          CASE
            WHEN strpos(lower(event), '\ud') > 0 THEN regexp_replace(
              event,
              '(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
              m -> COALESCE(element_at(m, 1), '\ufffd')
            )
            ELSE event
          END,
          '("(?:[^"\\]|\\.)*+")|(-?[0-9][0-9.eE+-]*)',
          m -> CASE
            WHEN element_at(m, 1) IS NULL THEN '"\u0001N' || element_at(m, 2) || '"'
            WHEN starts_with(element_at(m, 1), '"\u0001') THEN '"\u0001S' || substr(element_at(m, 1), 8)
            ELSE element_at(m, 1)
          END
        ) AS "event with marked numbers"
      FROM events
    ) AS events
  ) AS "events (2)"
),
-- copies: as in event-count
members AS (
  SELECT
    id,
    ts,
    b1 AS s1,
    COALESCE(filter(f1, x -> x IS NOT NULL), ARRAY[]) AS f1,
    COALESCE(filter(f2, x -> x IS NOT NULL), ARRAY[]) AS f2,
    COALESCE(filter(f3, x -> x IS NOT NULL), ARRAY[]) AS f3
  FROM copies
  WHERE id IS NULL
    OR copy = 1
),
-- grouped: as in event-count
"values" AS (
  SELECT g1, ts, id, v1, v2
  FROM grouped
  CROSS JOIN UNNEST(array_distinct(f2) || ARRAY[CAST(NULL AS varchar)]) AS value1(v1)
  CROSS JOIN UNNEST(array_distinct(f3) || ARRAY[CAST(NULL AS varchar)]) AS value2(v2)
  WHERE v1 IS NULL
    AND v2 IS NULL
    OR v1 IS NOT NULL
    AND v2 IS NOT NULL
),
stretches AS (
  SELECT
    *,
    CASE
      WHEN v1 IS NOT NULL
      AND COALESCE(ts - lag(ts) OVER (PARTITION BY g1, v1, v2 ORDER BY ts) > 600000000000, TRUE) THEN 1
      ELSE 0
    END AS begins,
    CASE
      WHEN v1 IS NOT NULL
      AND COALESCE(lead(ts) OVER (PARTITION BY g1, v1, v2 ORDER BY ts) - ts > 600000000000, TRUE) THEN 1
      ELSE 0
    END AS ends
  FROM "values"
),
moments AS (
  SELECT
    g1,
    ts,
    count(CASE WHEN v1 IS NULL THEN 1 END) AS events,
    array_sort(COALESCE(filter(array_agg(CASE WHEN v1 IS NULL THEN id END), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    sum(begins) AS begun,
    sum(ends) AS ended
  FROM stretches
  GROUP BY g1, ts
),
running AS (
  SELECT
    *,
    sum(begun) OVER (PARTITION BY g1 ORDER BY ts) AS all_begun,
    sum(ended) OVER (PARTITION BY g1 ORDER BY ts) AS all_ended
  FROM moments
),
windows AS (
  SELECT
    *,
    all_begun
      - COALESCE(
        last_value(all_ended) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND 600000000001 PRECEDING),
        0
      ) AS value
  FROM running
),
-- tested, turns, runs, bursts, reaches, findings, statement: as in event-count

-- case: value-count
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    ARRAY["user"] AS f1,
    ARRAY[host] AS f2
  FROM events
),
-- copies: as in event-count
-- members: as in percentile-ends
-- grouped: as in event-count
"values" AS (
  SELECT g1, ts, id, v1
  FROM grouped
  CROSS JOIN UNNEST(array_distinct(f2) || ARRAY[CAST(NULL AS varchar)]) AS value1(v1)
),
stretches AS (
  SELECT
    *,
    CASE
      WHEN v1 IS NOT NULL
      AND COALESCE(ts - lag(ts) OVER (PARTITION BY g1, v1 ORDER BY ts) > 600000000000, TRUE) THEN 1
      ELSE 0
    END AS begins,
    CASE
      WHEN v1 IS NOT NULL
      AND COALESCE(lead(ts) OVER (PARTITION BY g1, v1 ORDER BY ts) - ts > 600000000000, TRUE) THEN 1
      ELSE 0
    END AS ends
  FROM "values"
),
-- moments, running, windows: as in value-count-fields
-- tested, turns, runs, bursts, reaches, findings, statement: as in event-count

-- case: value-median
-- events_: as in percentile-ends
-- copies: as in event-count
-- members: as in percentile-ends
-- grouped: as in event-count
-- values, decimals, numbers: as in percentile-ends
moments AS (
  SELECT
    g1,
    ts,
    count(CASE WHEN v1 IS NULL THEN 1 END) AS events,
    array_sort(COALESCE(filter(array_agg(CASE WHEN v1 IS NULL THEN id END), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    count(whole) AS numbers,
    count(CASE
      WHEN whole < CAST('2' AS DECIMAL(38, 0))
      OR whole = CAST('2' AS DECIMAL(38, 0))
      AND part < CAST('0.500000000000000000000000' AS DECIMAL(38, 24)) THEN 1
    END) AS below1,
    count(CASE
      WHEN whole < CAST('2' AS DECIMAL(38, 0))
      OR whole = CAST('2' AS DECIMAL(38, 0))
      AND part <= CAST('0.500000000000000000000000' AS DECIMAL(38, 24)) THEN 1
    END) AS upto1,
    max(CASE
      WHEN whole < CAST('2' AS DECIMAL(38, 0))
      OR whole = CAST('2' AS DECIMAL(38, 0))
      AND part < CAST('0.500000000000000000000000' AS DECIMAL(38, 24)) THEN CAST(ROW(
        whole,
        part
      ) AS ROW(whole DECIMAL(38, 0), part DECIMAL(38, 24)))
    END) AS low1,
    min(CASE
      WHEN whole > CAST('2' AS DECIMAL(38, 0))
      OR whole = CAST('2' AS DECIMAL(38, 0))
      AND part > CAST('0.500000000000000000000000' AS DECIMAL(38, 24)) THEN CAST(ROW(
        whole,
        part
      ) AS ROW(whole DECIMAL(38, 0), part DECIMAL(38, 24)))
    END) AS high1
  FROM numbers
  GROUP BY g1, ts
),
-- windows: as in percentile-ends
places AS (
  SELECT
    *,
    1 * (n - 1) AS place,
    1 * (n - 1) % 2 AS rest
  FROM windows
),
betweens AS (
  SELECT
    *,
    n > 0 AND rest > 0 AND place < a1 * 2 AND NOT place + 2 < b1 * 2 AS between1
  FROM places
),
-- backs, neighbours: as in percentile-ends
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    n > 0
    AND (
      rest = 0
      AND place < b1 * 2
      OR NOT rest = 0
      AND place + 2 < b1 * 2
      OR between1
      AND NOT (
        nearest_low1.whole * (2 - rest) + nearest_high1.whole * rest - CAST('2' AS DECIMAL(38, 0)) * 2
          + floor(nearest_low1.part * (2 - rest) + nearest_high1.part * rest
            - CAST('0.500000000000000000000000' AS DECIMAL(38, 24)) * 2) > 0
        OR nearest_low1.whole * (2 - rest) + nearest_high1.whole * rest - CAST('2' AS DECIMAL(38, 0)) * 2
          + floor(nearest_low1.part * (2 - rest) + nearest_high1.part * rest
            - CAST('0.500000000000000000000000' AS DECIMAL(38, 24)) * 2) = 0
        AND nearest_low1.part * (2 - rest) + nearest_high1.part * rest
          - CAST('0.500000000000000000000000' AS DECIMAL(38, 24)) * 2 > floor(nearest_low1.part * (2 - rest)
          + nearest_high1.part * rest
          - CAST('0.500000000000000000000000' AS DECIMAL(38, 24)) * 2)
      )
    )
    AND NOT (
      place < a1 * 2
      AND (
        rest = 0
        OR place + 2 < b1 * 2
      )
      OR between1
      AND nearest_low1.whole * (2 - rest) + nearest_high1.whole * rest - CAST('2' AS DECIMAL(38, 0)) * 2
        + floor(nearest_low1.part * (2 - rest) + nearest_high1.part * rest
          - CAST('0.500000000000000000000000' AS DECIMAL(38, 24)) * 2) < 0
    ) AS holds
  FROM neighbours
),
-- turns, runs: as in event-count
-- bursts: as in percentile-ends
-- reaches: as in event-count
-- findings, statement: as in percentile-ends

-- case: value-percentile
-- events_: as in percentile-ends
-- copies: as in event-count
-- members: as in percentile-ends
-- grouped: as in event-count
-- values, decimals, numbers: as in percentile-ends
moments AS (
  SELECT
    g1,
    ts,
    count(CASE WHEN v1 IS NULL THEN 1 END) AS events,
    array_sort(COALESCE(filter(array_agg(CASE WHEN v1 IS NULL THEN id END), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    count(whole) AS numbers,
    count(CASE
      WHEN whole < CAST('3' AS DECIMAL(38, 0))
      OR whole = CAST('3' AS DECIMAL(38, 0))
      AND part < CAST('0.700000000000000000000000' AS DECIMAL(38, 24)) THEN 1
    END) AS below1,
    count(CASE
      WHEN whole < CAST('3' AS DECIMAL(38, 0))
      OR whole = CAST('3' AS DECIMAL(38, 0))
      AND part <= CAST('0.700000000000000000000000' AS DECIMAL(38, 24)) THEN 1
    END) AS upto1,
    max(CASE
      WHEN whole < CAST('3' AS DECIMAL(38, 0))
      OR whole = CAST('3' AS DECIMAL(38, 0))
      AND part < CAST('0.700000000000000000000000' AS DECIMAL(38, 24)) THEN CAST(ROW(
        whole,
        part
      ) AS ROW(whole DECIMAL(38, 0), part DECIMAL(38, 24)))
    END) AS low1,
    min(CASE
      WHEN whole > CAST('3' AS DECIMAL(38, 0))
      OR whole = CAST('3' AS DECIMAL(38, 0))
      AND part > CAST('0.700000000000000000000000' AS DECIMAL(38, 24)) THEN CAST(ROW(
        whole,
        part
      ) AS ROW(whole DECIMAL(38, 0), part DECIMAL(38, 24)))
    END) AS high1
  FROM numbers
  GROUP BY g1, ts
),
-- windows: as in percentile-ends
places AS (
  SELECT
    *,
    9 * (n - 1) AS place,
    9 * (n - 1) % 10 AS rest
  FROM windows
),
betweens AS (
  SELECT
    *,
    n > 0 AND rest > 0 AND place < a1 * 10 AND NOT place + 10 < b1 * 10 AS between1
  FROM places
),
-- backs, neighbours: as in percentile-ends
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    n > 0
    AND NOT (
      place < a1 * 10
      AND (
        rest = 0
        OR place + 10 < b1 * 10
      )
      OR between1
      AND nearest_low1.whole * (10 - rest) + nearest_high1.whole * rest - CAST('3' AS DECIMAL(38, 0)) * 10
        + floor(nearest_low1.part * (10 - rest) + nearest_high1.part * rest
          - CAST('0.700000000000000000000000' AS DECIMAL(38, 24)) * 10) < 0
    ) AS holds
  FROM neighbours
),
-- turns, runs: as in event-count
-- bursts: as in percentile-ends
-- reaches: as in event-count
-- findings, statement: as in percentile-ends

-- case: value-sum-beyond-int64
-- events_: as in percentile-ends
-- copies: as in event-count
-- members: as in percentile-ends
-- grouped: as in event-count
-- values, decimals, numbers: as in percentile-ends
-- moments, running: as in value-avg
windows AS (
  SELECT
    *,
    CAST(sum(numbers) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 600000000000 PRECEDING AND CURRENT ROW) AS bigint) AS n,
    all_whole
      - COALESCE(
        last_value(all_whole) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND 600000000001 PRECEDING),
        0
      ) AS sum_whole,
    all_part
      - COALESCE(
        last_value(all_part) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND 600000000001 PRECEDING),
        0
      ) AS sum_part
  FROM running
),
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    n > 0
    AND (
      sum_whole - CAST('18446744073709551615' AS DECIMAL(38, 0)) + floor(sum_part) > 0
      OR sum_whole - CAST('18446744073709551615' AS DECIMAL(38, 0)) + floor(sum_part) = 0
      AND sum_part > floor(sum_part)
    ) AS holds,
    CAST(sum_whole AS double) + CAST(sum_part AS double) AS value
  FROM windows
),
-- turns, runs, bursts, reaches, findings, statement: as in event-count

-- case: value-sum-exact
-- events_: as in percentile-ends
-- copies: as in event-count
-- members: as in percentile-ends
-- grouped: as in event-count
-- values, decimals, numbers: as in percentile-ends
-- moments, running: as in value-avg
-- windows: as in value-sum-beyond-int64
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    n > 0 AND sum_whole - CAST('9007199254740994' AS DECIMAL(38, 0)) + floor(sum_part) >= 0 AS holds,
    CAST(sum_whole AS double) + CAST(sum_part AS double) AS value
  FROM windows
),
-- turns, runs, bursts, reaches, findings, statement: as in event-count

-- case: value-sum
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    ARRAY["user"] AS f1,
    "bytes as written" AS f2
  FROM (
    SELECT
      *,
      transform(
        reduce(
          sequence(1, 4),
          transform(
            reduce(
              sequence(1, 4),
              ARRAY[json_extract("event with marked numbers", '$')],
              (s, i) -> flatten(transform(
                s,
                j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
              )),
              s -> s
            ),
            j2 -> json_extract(j2, '$["bytes"]')
          ),
          (s, i) -> flatten(transform(
            s,
            j3 -> IF(json_array_length(j3) IS NULL, ARRAY[j3], CAST(j3 AS array(json)))
          )),
          s -> s
        ),
        j4 -> CASE
          WHEN substr(json_format(j4), 1, 1) IN ('{', '[') THEN regexp_replace(
            regexp_replace(
              regexp_replace(
                COALESCE(json_extract_scalar(j4, '$'), NULLIF(json_format(j4), 'null')),
                '([:,\[])"\\u0001N([^"\\]*)"',
                '$1$2'
              ),
              '([:,\[{])"\\u0001S',
              '$1"\\u0001'
            ),
            '(\\[^u])|\\u(D[89AB][0-9A-F]{2})\\u(D[C-F][0-9A-F]{2})',
            m -> COALESCE(
              element_at(m, 1),
              chr((from_base(element_at(m, 2), 16) - 55296) * 1024 + (from_base(element_at(m, 3), 16) + 9216))
            )
          )
          ELSE element_at(
            transform(
              ARRAY[COALESCE(json_extract_scalar(j4, '$'), NULLIF(json_format(j4), 'null'))],
              u -> CASE
                WHEN starts_with(u, chr(1) || 'N') THEN substr(u, 3)
                WHEN starts_with(u, chr(1) || 'S') THEN chr(1) || substr(u, 3)
                ELSE u
              END
            ),
            1
          )
        END
      ) AS "bytes as written"
    FROM (
      SELECT
        *,
        regexp_replace(
          CASE
            WHEN strpos(lower(event), '\ud') > 0 THEN regexp_replace(
              event,
              '(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
              m -> COALESCE(element_at(m, 1), '\ufffd')
            )
            ELSE event
          END,
          '("(?:[^"\\]|\\.)*+")|(-?[0-9][0-9.eE+-]*)',
          m -> CASE
            WHEN element_at(m, 1) IS NULL THEN '"\u0001N' || element_at(m, 2) || '"'
            WHEN starts_with(element_at(m, 1), '"\u0001') THEN '"\u0001S' || substr(element_at(m, 1), 8)
            ELSE element_at(m, 1)
          END
        ) AS "event with marked numbers"
      FROM events
    ) AS events
  ) AS "events (2)"
),
-- copies: as in event-count
-- members: as in percentile-ends
-- grouped: as in event-count
-- values, decimals, numbers: as in percentile-ends
-- moments, running: as in value-avg
-- windows: as in value-sum-beyond-int64
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    n > 0
    AND (
      sum_whole - CAST('100' AS DECIMAL(38, 0)) + floor(sum_part) > 0
      OR sum_whole - CAST('100' AS DECIMAL(38, 0)) + floor(sum_part) = 0
      AND sum_part > floor(sum_part)
    ) AS holds,
    CAST(sum_whole AS double) + CAST(sum_part AS double) AS value
  FROM windows
),
-- turns, runs, bursts, reaches, findings, statement: as in event-count
