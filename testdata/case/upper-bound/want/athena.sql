-- case: alone
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
    sum(events) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS value
  FROM moments
),
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 1 AS holds,
    value < 3 AS within1,
    CAST(value AS bigint) AS value
  FROM windows
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
    max(value) OVER (PARTITION BY g1, run) AS peak,
    bool_and(within1) OVER (PARTITION BY g1, run) AS stands
  FROM runs
),
reaches AS (
  SELECT
    *,
    holds AND ts = run_ends AND stands AS finding,
    CASE WHEN holds AND ts = run_ends AND stands THEN ts - run_begins + 60000000000 ELSE 0 END AS reach
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

-- case: average
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
-- copies: as in alone
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
-- grouped: as in alone
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
    n > 0 AND sum_whole - CAST('5' AS DECIMAL(38, 0)) * n + floor(sum_part) < 0 AS holds,
    (CAST(sum_whole AS double) + CAST(sum_part AS double)) / CAST(NULLIF(n, 0) AS double) AS value
  FROM windows
),
-- turns, runs: as in alone
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
    CASE WHEN holds AND ts = run_ends THEN ts - run_begins + 60000000000 ELSE 0 END AS reach
  FROM bursts
),
-- findings, statement: as in alone

-- case: eq
-- events_, copies, members, grouped, moments, windows: as in alone
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 1 AS holds,
    value <= 2 AS within1,
    value = 2 AS reached1,
    CAST(value AS bigint) AS value
  FROM windows
),
-- turns, runs: as in alone
bursts AS (
  SELECT
    *,
    min(ts) OVER (PARTITION BY g1, run) AS run_begins,
    max(ts) OVER (PARTITION BY g1, run) AS run_ends,
    max(value) OVER (PARTITION BY g1, run) AS peak,
    bool_and(within1) OVER (PARTITION BY g1, run) AND bool_or(reached1) OVER (PARTITION BY g1, run) AS stands
  FROM runs
),
-- reaches, findings, statement: as in alone

-- case: neq
-- events_, copies, members, grouped, moments, windows: as in alone
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 1 AND value <> 2 AS holds,
    CAST(value AS bigint) AS value
  FROM windows
),
-- turns, runs: as in alone
-- bursts, reaches: as in average
-- findings, statement: as in alone

-- case: range
-- events_, copies, members, grouped, moments, windows: as in alone
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 2 AS holds,
    value <= 3 AS within1,
    CAST(value AS bigint) AS value
  FROM windows
),
-- turns, runs, bursts, reaches, findings, statement: as in alone

-- case: value-count-and-sum
-- events_: as in average
-- copies: as in alone
-- members: as in average
-- grouped: as in alone
-- values, decimals, numbers, moments, running, windows: as in average
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    n > 0 AND sum_whole - CAST('5' AS DECIMAL(38, 0)) + floor(sum_part) >= 0 AS holds,
    sum_whole - CAST('12' AS DECIMAL(38, 0)) + floor(sum_part) < 0 AS within1,
    CAST(sum_whole AS double) + CAST(sum_part AS double) AS value
  FROM windows
),
-- turns, runs, bursts, reaches, findings, statement: as in alone
