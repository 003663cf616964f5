-- case: any-order
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    COALESCE(lower(kind) = 'b', FALSE) AS b2,
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
    array_sort(COALESCE(filter(array_agg(id), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    count(CASE WHEN s1 THEN 1 END) AS n1,
    count(CASE WHEN s2 THEN 1 END) AS n2
  FROM grouped
  GROUP BY g1, ts
),
windows AS (
  SELECT
    *,
    sum(n1) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS w1,
    sum(n2) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS w2
  FROM moments
),
counted AS (
  SELECT
    *,
    CASE WHEN w1 > 0 THEN 1 ELSE 0 END + CASE WHEN w2 > 0 THEN 1 ELSE 0 END AS value
  FROM windows
),
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 2 AS holds,
    CAST(value AS bigint) AS value
  FROM counted
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

-- case: counted-once
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
-- copies, members, grouped: as in any-order
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
-- turns, runs, bursts, reaches, findings, statement: as in any-order

-- case: one-event-two-rules
-- events_: as in counted-once
-- copies, members, grouped, moments, windows, counted, tested, turns, runs, bursts, reaches, findings, statement: as in any-order
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(strpos(lower(kind), 'a') > 0, FALSE) AS b1,
    COALESCE(strpos(lower(kind), 'b') > 0, FALSE) AS b2,
    ARRAY[host] AS f1
  FROM events
),
-- copies, members, grouped: as in any-order
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
    ) AS begin_1
  FROM moments
),
chains2 AS (
  SELECT
    *,
    COALESCE(
      max(greatest(CASE WHEN any_1 >= 1 AND any_2 >= 1 AND any_1_2 >= 2 THEN ts ELSE -9223372036854775807 END, CASE WHEN any_2 >= 1 THEN begin_1 ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts),
      -9223372036854775807
    ) AS begin_1_2_now
  FROM chains1
),
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    begin_1_2_now > -9223372036854775807 AND begin_1_2_now >= ts - 60000000000 AS holds
  FROM chains2
),
-- turns, runs: as in any-order
bursts AS (
  SELECT
    *,
    min(ts) OVER (PARTITION BY g1, run) AS run_begins,
    max(ts) OVER (PARTITION BY g1, run) AS run_ends
  FROM runs
),
-- reaches: as in any-order
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
  g1 AS host,
  from_unixtime_nanos(begins) AS "first",
  from_unixtime_nanos(ends) AS "last",
  CAST(events AS bigint) AS count,
  evidence AS ids
FROM findings
WHERE finding
ORDER BY "last", "first", host

-- case: ordered-choice
-- events_: as in counted-once
-- copies, members, grouped: as in any-order
-- moments, chains1, chains2, tested: as in one-event-two-rules
-- turns, runs: as in any-order
-- bursts: as in one-event-two-rules
-- reaches: as in any-order
-- findings: as in one-event-two-rules
SELECT
  g1 AS "user",
  from_unixtime_nanos(begins) AS "first",
  from_unixtime_nanos(ends) AS "last",
  CAST(events AS bigint) AS count,
  evidence AS ids
FROM findings
WHERE finding
ORDER BY "last", "first", "user"

-- case: ordered-repeated-bound
-- events_: as in counted-once
-- copies, members, grouped: as in any-order
-- moments: as in one-event-two-rules
together AS (
  SELECT
    *,
    least(1, any_1) AS most_0_1,
    least(2, any_1 + 1, any_2 + 1, any_1_2) AS most_0_2,
    least(3, any_1 + 1, any_2 + 2, any_1_2) AS most_0_3,
    least(1, any_2) AS most_1_2,
    least(2, any_1 + 1, any_2 + 1, any_1_2) AS most_1_3,
    least(1, any_1) AS most_2_3
  FROM moments
),
chains1 AS (
  SELECT
    *,
    COALESCE(
      max(CASE WHEN most_0_1 >= 1 THEN ts ELSE -9223372036854775807 END) OVER (PARTITION BY g1 ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
      -9223372036854775807
    ) AS begin_1_1
  FROM together
),
chains2 AS (
  SELECT
    *,
    COALESCE(
      max(greatest(CASE WHEN most_0_2 >= 1 THEN ts ELSE -9223372036854775807 END, CASE WHEN most_1_2 >= 1 THEN ts ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
      -9223372036854775807
    ) AS begin_2_1,
    COALESCE(
      max(greatest(CASE WHEN most_0_2 >= 2 THEN ts ELSE -9223372036854775807 END, CASE WHEN most_1_2 >= 2 THEN ts WHEN most_1_2 = 1 THEN begin_1_1 ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
      -9223372036854775807
    ) AS begin_2_2
  FROM chains1
),
chains3 AS (
  SELECT
    *,
    max(greatest(CASE WHEN most_0_3 >= 1 THEN ts ELSE -9223372036854775807 END, CASE WHEN most_1_3 >= 1 THEN ts ELSE -9223372036854775807 END, CASE WHEN most_2_3 >= 1 THEN ts ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts) AS begin_3_1,
    max(greatest(CASE WHEN most_0_3 >= 2 THEN ts ELSE -9223372036854775807 END, CASE WHEN most_1_3 >= 2 THEN ts WHEN most_1_3 = 1 THEN begin_1_1 ELSE -9223372036854775807 END, CASE WHEN most_2_3 >= 2 THEN ts WHEN most_2_3 = 1 THEN begin_2_1 ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts) AS begin_3_2,
    max(greatest(CASE WHEN most_0_3 >= 3 THEN ts ELSE -9223372036854775807 END, CASE WHEN most_1_3 >= 3 THEN ts WHEN most_1_3 = 2 THEN begin_1_1 ELSE -9223372036854775807 END, CASE WHEN most_2_3 >= 3 THEN ts WHEN most_2_3 = 1 THEN begin_2_2 ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts) AS begin_3_3
  FROM chains2
),
counted AS (
  SELECT
    *,
    CASE
      WHEN begin_3_3 > -9223372036854775807 AND begin_3_3 >= ts - 60000000000 THEN 3
      WHEN begin_3_2 > -9223372036854775807 AND begin_3_2 >= ts - 60000000000 THEN 2
      WHEN begin_3_1 > -9223372036854775807 AND begin_3_1 >= ts - 60000000000 THEN 1
      ELSE 0
    END AS value
  FROM chains3
),
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 3 AS holds,
    CAST(value AS bigint) AS value
  FROM counted
),
-- turns, runs, bursts, reaches, findings, statement: as in any-order

-- case: ordered-repeated-only
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(strpos(lower(kind), 'a') > 0, FALSE) AS b1,
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
-- grouped: as in any-order
moments AS (
  SELECT
    g1,
    ts,
    count(1) AS events,
    array_sort(COALESCE(filter(array_agg(id), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    count(CASE WHEN s1 THEN 1 END) AS any_1
  FROM grouped
  GROUP BY g1, ts
),
-- chains1: as in one-event-two-rules
chains2 AS (
  SELECT
    *,
    COALESCE(
      max(greatest(CASE WHEN any_1 >= 2 THEN ts ELSE -9223372036854775807 END, CASE WHEN any_1 >= 1 THEN begin_1 ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts),
      -9223372036854775807
    ) AS begin_1_2_now
  FROM chains1
),
-- tested: as in one-event-two-rules
-- turns, runs: as in any-order
-- bursts: as in one-event-two-rules
-- reaches: as in any-order
-- findings: as in one-event-two-rules
-- statement: as in ordered-choice

-- case: ordered-repeated-ties
-- events_: as in counted-once
-- copies, members, grouped: as in any-order
-- moments, chains1: as in one-event-two-rules
chains2 AS (
  SELECT
    *,
    COALESCE(
      max(greatest(CASE WHEN any_1 >= 1 AND any_2 >= 1 AND any_1_2 >= 2 THEN ts ELSE -9223372036854775807 END, CASE WHEN any_2 >= 1 THEN begin_1 ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
      -9223372036854775807
    ) AS begin_1_2
  FROM chains1
),
chains3 AS (
  SELECT
    *,
    COALESCE(
      max(greatest(CASE WHEN any_1 >= 2 AND any_2 >= 1 AND any_1_2 >= 3 THEN ts ELSE -9223372036854775807 END, CASE WHEN any_1 >= 1 AND any_2 >= 1 AND any_1_2 >= 2 THEN begin_1 ELSE -9223372036854775807 END, CASE WHEN any_1 >= 1 THEN begin_1_2 ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts),
      -9223372036854775807
    ) AS begin_1_2_3_now
  FROM chains2
),
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    begin_1_2_3_now > -9223372036854775807 AND begin_1_2_3_now >= ts - 60000000000 AS holds
  FROM chains3
),
-- turns, runs: as in any-order
-- bursts: as in one-event-two-rules
-- reaches: as in any-order
-- findings: as in one-event-two-rules
-- statement: as in ordered-choice

-- case: ordered-repeated
-- events_: as in counted-once
-- copies, members, grouped: as in any-order
-- moments, chains1: as in one-event-two-rules
-- chains2, chains3, tested: as in ordered-repeated-ties
-- turns, runs: as in any-order
-- bursts: as in one-event-two-rules
-- reaches: as in any-order
-- findings: as in one-event-two-rules
-- statement: as in ordered-choice

-- case: ordered
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
-- grouped: as in any-order
moments AS (
  SELECT
    g1,
    ts,
    count(1) AS events,
    array_sort(COALESCE(filter(array_agg(id), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    count(CASE WHEN s1 THEN 1 END) AS any_1,
    count(CASE WHEN s2 THEN 1 END) AS any_2,
    count(CASE WHEN s1 OR s2 THEN 1 END) AS any_1_2,
    count(CASE WHEN s3 THEN 1 END) AS any_3,
    count(CASE WHEN s1 OR s3 THEN 1 END) AS any_1_3,
    count(CASE WHEN s2 OR s3 THEN 1 END) AS any_2_3,
    count(CASE WHEN s1 OR s2 OR s3 THEN 1 END) AS any_1_2_3
  FROM grouped
  GROUP BY g1, ts
),
-- chains1: as in one-event-two-rules
-- chains2: as in ordered-repeated-ties
chains3 AS (
  SELECT
    *,
    COALESCE(
      max(greatest(CASE WHEN any_1 >= 1 AND any_2 >= 1 AND any_1_2 >= 2 AND any_3 >= 1 AND any_1_3 >= 2 AND any_2_3 >= 2 AND any_1_2_3 >= 3 THEN ts ELSE -9223372036854775807 END, CASE WHEN any_2 >= 1 AND any_3 >= 1 AND any_2_3 >= 2 THEN begin_1 ELSE -9223372036854775807 END, CASE WHEN any_3 >= 1 THEN begin_1_2 ELSE -9223372036854775807 END)) OVER (PARTITION BY g1 ORDER BY ts),
      -9223372036854775807
    ) AS begin_1_2_3_now
  FROM chains2
),
-- tested: as in ordered-repeated-ties
-- turns, runs: as in any-order
-- bursts: as in one-event-two-rules
-- reaches: as in any-order
-- findings: as in one-event-two-rules
-- statement: as in ordered-choice

-- case: ties
-- events_, copies, members, grouped: as in any-order
-- moments, chains1, chains2, tested: as in one-event-two-rules
-- turns, runs: as in any-order
-- bursts: as in one-event-two-rules
-- reaches: as in any-order
-- findings: as in one-event-two-rules
-- statement: as in ordered-choice

-- case: with-condition
-- events_, copies, members: as in ordered
-- grouped: as in any-order
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
counted AS (
  SELECT
    *,
    CASE WHEN w1 > 0 THEN 1 ELSE 0 END + CASE WHEN w2 > 0 THEN 1 ELSE 0 END
      + CASE WHEN w3 > 0 THEN 1 ELSE 0 END AS value
  FROM windows
),
-- tested, turns, runs, bursts, reaches, findings, statement: as in any-order
