-- case: any-correlation
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(kind) = 'a'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
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
    value >= 2 AS holds,
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
-- events_, copies, members, grouped, moments, windows: as in any-correlation
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 5 AS holds,
    CAST(value AS bigint) AS value
  FROM windows
),
-- turns, runs, bursts, reaches, findings, statement: as in any-correlation
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(kind) = 'b'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: default
-- events_, copies, members, grouped, moments, windows, tested, turns, runs, bursts, reaches, findings, statement: as in any-correlation

-- case: true
-- statement, events_, copies, members, grouped, moments, windows, tested, turns, runs, bursts, reaches, findings, statement: as in any-correlation
