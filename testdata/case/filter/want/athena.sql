-- case: by-id-and-any
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(service) = 'web'
    AND lower(kind) = 'a'
    AND NOT COALESCE(lower("user") = 'svc', FALSE)
    AND NOT COALESCE(lower("user") = 'bot', FALSE)
    AND NOT COALESCE(lower("user") = 'cron', FALSE)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: correlation
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(
      lower(service) = 'web' AND lower(kind) = 'a' AND NOT COALESCE(lower("user") = 'svc', FALSE),
      FALSE
    ) AS b1
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
  SELECT id, ts, b1 AS s1
  FROM copies
  WHERE id IS NULL
    OR copy = 1
),
moments AS (
  SELECT
    ts,
    count(1) AS events,
    array_sort(COALESCE(filter(array_agg(id), x -> x IS NOT NULL), ARRAY[])) AS evidence
  FROM members
  GROUP BY ts
),
windows AS (
  SELECT
    *,
    sum(events) OVER (ORDER BY ts RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS value
  FROM moments
),
tested AS (
  SELECT
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
      AND COALESCE(lag(holds) OVER (ORDER BY ts), FALSE)
      AND COALESCE(ts - lag(ts) OVER (ORDER BY ts) <= 60000000000, FALSE) THEN 0
      ELSE 1
    END AS turn
  FROM tested
),
runs AS (
  SELECT
    *,
    sum(turn) OVER (ORDER BY ts) AS run
  FROM turns
),
bursts AS (
  SELECT
    *,
    min(ts) OVER (PARTITION BY run) AS run_begins,
    max(ts) OVER (PARTITION BY run) AS run_ends,
    max(value) OVER (PARTITION BY run) AS peak
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
    min(ts) OVER (ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS begins,
    ts AS ends,
    sum(events) OVER (ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS events,
    flatten(array_agg(evidence) OVER (ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW)) AS evidence,
    finding,
    peak
  FROM reaches
)
SELECT
  from_unixtime_nanos(begins) AS "first",
  from_unixtime_nanos(ends) AS "last",
  CAST(events AS bigint) AS count,
  peak AS value,
  evidence AS ids
FROM findings
WHERE finding
ORDER BY "last", "first"

-- case: log-source
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(service) = 'web'
    AND lower(kind) = 'a'
    AND NOT COALESCE(lower("user") = 'bot', FALSE)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: not-selection
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(service) = 'web'
    AND lower(kind) = 'a'
    AND NOT COALESCE(lower("user") = 'svc', FALSE)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: without-not
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(service) = 'web'
    AND lower(kind) = 'a'
    AND lower("user") = 'svc'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
