-- case: counts-findings
WITH events_2 AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    ARRAY["user"] AS f1
  FROM events
),
copies_2 AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, ts) AS copy
  FROM events_2
  WHERE b1
    AND ts IS NOT NULL
),
members_2 AS (
  SELECT
    id,
    ts,
    ARRAY[CAST(ROW(ts, id) AS ROW(ts bigint, id varchar))] AS evidence,
    b1 AS s1,
    COALESCE(filter(f1, x -> x IS NOT NULL), ARRAY[]) AS f1
  FROM copies_2
  WHERE id IS NULL
    OR copy = 1
),
grouped_2 AS (
  SELECT *
  FROM members_2
  CROSS JOIN UNNEST(array_distinct(f1)) AS group1(g1)
),
moments_2 AS (
  SELECT
    g1,
    ts,
    count(1) AS events,
    flatten(COALESCE(filter(array_agg(evidence), x -> x IS NOT NULL), ARRAY[])) AS evidence
  FROM grouped_2
  GROUP BY g1, ts
),
windows_2 AS (
  SELECT
    *,
    sum(events) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 10000000000 PRECEDING AND CURRENT ROW) AS value
  FROM moments_2
),
tested_2 AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 2 AS holds,
    CAST(value AS bigint) AS value
  FROM windows_2
),
turns_2 AS (
  SELECT
    *,
    CASE
      WHEN holds
      AND COALESCE(lag(holds) OVER (PARTITION BY g1 ORDER BY ts), FALSE)
      AND COALESCE(ts - lag(ts) OVER (PARTITION BY g1 ORDER BY ts) <= 10000000000, FALSE) THEN 0
      ELSE 1
    END AS turn
  FROM tested_2
),
runs_2 AS (
  SELECT
    *,
    sum(turn) OVER (PARTITION BY g1 ORDER BY ts) AS run
  FROM turns_2
),
bursts_2 AS (
  SELECT
    *,
    min(ts) OVER (PARTITION BY g1, run) AS run_begins,
    max(ts) OVER (PARTITION BY g1, run) AS run_ends,
    max(value) OVER (PARTITION BY g1, run) AS peak
  FROM runs_2
),
reaches_2 AS (
  SELECT
    *,
    holds AND ts = run_ends AS finding,
    CASE WHEN holds AND ts = run_ends THEN ts - run_begins + 10000000000 ELSE 0 END AS reach
  FROM bursts_2
),
findings_2 AS (
  SELECT
    g1,
    min(ts) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS begins,
    ts AS ends,
    sum(events) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS events,
    array_sort(array_distinct(flatten(array_agg(evidence) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW)))) AS evidence,
    finding,
    peak
  FROM reaches_2
),
members AS (
  SELECT
    CAST(NULL AS varchar) AS id,
    ends AS ts,
    evidence AS evidence,
    TRUE AS s1
  FROM findings_2
  WHERE finding
),
moments AS (
  SELECT
    ts,
    count(1) AS events,
    flatten(COALESCE(filter(array_agg(evidence), x -> x IS NOT NULL), ARRAY[])) AS evidence
  FROM members
  GROUP BY ts
),
windows AS (
  SELECT
    *,
    sum(events) OVER (ORDER BY ts RANGE BETWEEN 3600000000000 PRECEDING AND CURRENT ROW) AS value
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
      AND COALESCE(ts - lag(ts) OVER (ORDER BY ts) <= 3600000000000, FALSE) THEN 0
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
    CASE WHEN holds AND ts = run_ends THEN ts - run_begins + 3600000000000 ELSE 0 END AS reach
  FROM bursts
),
findings AS (
  SELECT
    min(ts) OVER (ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS begins,
    ts AS ends,
    sum(events) OVER (ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS events,
    array_sort(array_distinct(flatten(array_agg(evidence) OVER (ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW)))) AS evidence,
    finding,
    peak
  FROM reaches
)
SELECT
  from_unixtime_nanos(begins) AS "first",
  from_unixtime_nanos(ends) AS "last",
  CAST(cardinality(evidence) AS bigint) AS count,
  peak AS value,
  COALESCE(filter(transform(evidence, e -> e.id), x -> x IS NOT NULL), ARRAY[]) AS ids
FROM findings
WHERE finding
ORDER BY "last", "first"

-- case: cycle
refused: rule.yml:10:8: the correlation counts a rule that cannot run: Correlated: invalid [base-skipped]
refused: rule.yml:21:8: the correlation counts itself through "Correlated" [correlation-cycle]

-- case: failures-then-success
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'b', FALSE) AS b1,
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
events_2 AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    ARRAY["user"] AS f1
  FROM events
),
-- copies_2, members_2, grouped_2, moments_2: as in counts-findings
windows_2 AS (
  SELECT
    *,
    sum(events) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 60000000000 PRECEDING AND CURRENT ROW) AS value
  FROM moments_2
),
tested_2 AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 3 AS holds,
    CAST(value AS bigint) AS value
  FROM windows_2
),
turns_2 AS (
  SELECT
    *,
    CASE
      WHEN holds
      AND COALESCE(lag(holds) OVER (PARTITION BY g1 ORDER BY ts), FALSE)
      AND COALESCE(ts - lag(ts) OVER (PARTITION BY g1 ORDER BY ts) <= 60000000000, FALSE) THEN 0
      ELSE 1
    END AS turn
  FROM tested_2
),
-- runs_2, bursts_2: as in counts-findings
reaches_2 AS (
  SELECT
    *,
    holds AND ts = run_ends AS finding,
    CASE WHEN holds AND ts = run_ends THEN ts - run_begins + 60000000000 ELSE 0 END AS reach
  FROM bursts_2
),
-- findings_2: as in counts-findings
members AS (
  SELECT
    id,
    ts,
    ARRAY[CAST(ROW(ts, id) AS ROW(ts bigint, id varchar))] AS evidence,
    FALSE AS s1,
    b1 AS s2,
    COALESCE(filter(f1, x -> x IS NOT NULL), ARRAY[]) AS f1
  FROM copies
  WHERE id IS NULL
    OR copy = 1
  UNION ALL
  SELECT
    CAST(NULL AS varchar) AS id,
    ends AS ts,
    evidence AS evidence,
    TRUE AS s1,
    FALSE AS s2,
    ARRAY[g1] AS f1
  FROM findings_2
  WHERE finding
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
    flatten(COALESCE(filter(array_agg(evidence), x -> x IS NOT NULL), ARRAY[])) AS evidence,
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
    max(ts) OVER (PARTITION BY g1, run) AS run_ends
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
    array_sort(array_distinct(flatten(array_agg(evidence) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW)))) AS evidence,
    finding
  FROM reaches
)
SELECT
  g1 AS "user",
  from_unixtime_nanos(begins) AS "first",
  from_unixtime_nanos(ends) AS "last",
  CAST(cardinality(evidence) AS bigint) AS count,
  COALESCE(filter(transform(evidence, e -> e.id), x -> x IS NOT NULL), ARRAY[]) AS ids
FROM findings
WHERE finding
ORDER BY "last", "first", "user"

-- case: field-of-evidence
-- events_, copies: as in failures-then-success
events_2 AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    ARRAY[host] AS f1,
    ARRAY["user"] AS f2
  FROM events
),
-- copies_2: as in counts-findings
members_2 AS (
  SELECT
    id,
    ts,
    ARRAY[CAST(ROW(
      ts,
      id,
      COALESCE(filter(f2, x -> x IS NOT NULL), ARRAY[])
    ) AS ROW(ts bigint, id varchar, x1 array(varchar)))] AS evidence,
    b1 AS s1,
    COALESCE(filter(f1, x -> x IS NOT NULL), ARRAY[]) AS f1
  FROM copies_2
  WHERE id IS NULL
    OR copy = 1
),
-- grouped_2, moments_2, windows_2, tested_2, turns_2, runs_2, bursts_2, reaches_2, findings_2: as in counts-findings
members AS (
  SELECT
    id,
    ts,
    ARRAY[CAST(ROW(ts, id) AS ROW(ts bigint, id varchar))] AS evidence,
    FALSE AS s1,
    b1 AS s2,
    COALESCE(filter(f1, x -> x IS NOT NULL), ARRAY[]) AS f1
  FROM copies
  WHERE id IS NULL
    OR copy = 1
  UNION ALL
  SELECT
    CAST(NULL AS varchar) AS id,
    ends AS ts,
    transform(evidence, e -> CAST(ROW(e.ts, e.id) AS ROW(ts bigint, id varchar))) AS evidence,
    TRUE AS s1,
    FALSE AS s2,
    flatten(transform(evidence, e -> e.x1)) AS f1
  FROM findings_2
  WHERE finding
),
-- grouped, moments, chains1, chains2, tested, turns, runs, bursts, reaches, findings, statement: as in failures-then-success

-- case: group-of-finding
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'b', FALSE) AS b1,
    "dst as written" AS f1
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
            j2 -> json_extract(j2, '$["dst"]')
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
      ) AS "dst as written"
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
-- copies: as in failures-then-success
events_2 AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    "src as written" AS f1
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
            j2 -> json_extract(j2, '$["src"]')
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
      ) AS "src as written"
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
-- copies_2, members_2, grouped_2, moments_2, windows_2, tested_2, turns_2, runs_2, bursts_2, reaches_2, findings_2: as in counts-findings
members AS (
  SELECT
    id,
    ts,
    ARRAY[CAST(ROW(ts, id) AS ROW(ts bigint, id varchar))] AS evidence,
    FALSE AS s1,
    b1 AS s2,
    CAST(ARRAY[] AS array(varchar)) AS f1,
    COALESCE(filter(f1, x -> x IS NOT NULL), ARRAY[]) AS f2
  FROM copies
  WHERE id IS NULL
    OR copy = 1
  UNION ALL
  SELECT
    CAST(NULL AS varchar) AS id,
    ends AS ts,
    evidence AS evidence,
    TRUE AS s1,
    FALSE AS s2,
    ARRAY[g1] AS f1,
    CAST(ARRAY[] AS array(varchar)) AS f2
  FROM findings_2
  WHERE finding
),
grouped AS (
  SELECT
    id,
    ts,
    g1,
    evidence,
    s1 AND contains(f1, g1) AS s1,
    s2 AND contains(f2, g1) AS s2,
    f1,
    f2
  FROM members
  CROSS JOIN UNNEST(array_distinct(flatten(ARRAY[CASE WHEN s1 THEN f1 ELSE ARRAY[] END, CASE WHEN s2 THEN f2 ELSE ARRAY[] END]))) AS group1(g1)
  WHERE s1
    AND contains(f1, g1)
    OR s2
    AND contains(f2, g1)
),
moments AS (
  SELECT
    g1,
    ts,
    count(1) AS events,
    flatten(COALESCE(filter(array_agg(evidence), x -> x IS NOT NULL), ARRAY[])) AS evidence,
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
-- turns, runs: as in failures-then-success
bursts AS (
  SELECT
    *,
    min(ts) OVER (PARTITION BY g1, run) AS run_begins,
    max(ts) OVER (PARTITION BY g1, run) AS run_ends,
    max(value) OVER (PARTITION BY g1, run) AS peak
  FROM runs
),
-- reaches: as in failures-then-success
findings AS (
  SELECT
    g1,
    min(ts) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS begins,
    ts AS ends,
    sum(events) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS events,
    array_sort(array_distinct(flatten(array_agg(evidence) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW)))) AS evidence,
    finding,
    peak
  FROM reaches
)
SELECT
  g1 AS who,
  from_unixtime_nanos(begins) AS "first",
  from_unixtime_nanos(ends) AS "last",
  CAST(cardinality(evidence) AS bigint) AS count,
  peak AS value,
  COALESCE(filter(transform(evidence, e -> e.id), x -> x IS NOT NULL), ARRAY[]) AS ids
FROM findings
WHERE finding
ORDER BY "last", "first", who

-- case: three-levels
WITH events_3 AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    ARRAY["user"] AS f1
  FROM events
),
copies_3 AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, ts) AS copy
  FROM events_3
  WHERE b1
    AND ts IS NOT NULL
),
members_3 AS (
  SELECT
    id,
    ts,
    ARRAY[CAST(ROW(ts, id) AS ROW(ts bigint, id varchar))] AS evidence,
    b1 AS s1,
    COALESCE(filter(f1, x -> x IS NOT NULL), ARRAY[]) AS f1
  FROM copies_3
  WHERE id IS NULL
    OR copy = 1
),
grouped_3 AS (
  SELECT *
  FROM members_3
  CROSS JOIN UNNEST(array_distinct(f1)) AS group1(g1)
),
moments_3 AS (
  SELECT
    g1,
    ts,
    count(1) AS events,
    flatten(COALESCE(filter(array_agg(evidence), x -> x IS NOT NULL), ARRAY[])) AS evidence
  FROM grouped_3
  GROUP BY g1, ts
),
windows_3 AS (
  SELECT
    *,
    sum(events) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN 10000000000 PRECEDING AND CURRENT ROW) AS value
  FROM moments_3
),
tested_3 AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 2 AS holds,
    CAST(value AS bigint) AS value
  FROM windows_3
),
turns_3 AS (
  SELECT
    *,
    CASE
      WHEN holds
      AND COALESCE(lag(holds) OVER (PARTITION BY g1 ORDER BY ts), FALSE)
      AND COALESCE(ts - lag(ts) OVER (PARTITION BY g1 ORDER BY ts) <= 10000000000, FALSE) THEN 0
      ELSE 1
    END AS turn
  FROM tested_3
),
runs_3 AS (
  SELECT
    *,
    sum(turn) OVER (PARTITION BY g1 ORDER BY ts) AS run
  FROM turns_3
),
bursts_3 AS (
  SELECT
    *,
    min(ts) OVER (PARTITION BY g1, run) AS run_begins,
    max(ts) OVER (PARTITION BY g1, run) AS run_ends,
    max(value) OVER (PARTITION BY g1, run) AS peak
  FROM runs_3
),
reaches_3 AS (
  SELECT
    *,
    holds AND ts = run_ends AS finding,
    CASE WHEN holds AND ts = run_ends THEN ts - run_begins + 10000000000 ELSE 0 END AS reach
  FROM bursts_3
),
findings_3 AS (
  SELECT
    g1,
    min(ts) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS begins,
    ts AS ends,
    sum(events) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS events,
    array_sort(array_distinct(flatten(array_agg(evidence) OVER (PARTITION BY g1 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW)))) AS evidence,
    finding,
    peak
  FROM reaches_3
),
members_2 AS (
  SELECT
    CAST(NULL AS varchar) AS id,
    ends AS ts,
    evidence AS evidence,
    TRUE AS s1,
    ARRAY[g1] AS f1
  FROM findings_3
  WHERE finding
),
-- grouped_2, moments_2: as in counts-findings
-- windows_2: as in failures-then-success
tested_2 AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 1 AS holds,
    CAST(value AS bigint) AS value
  FROM windows_2
),
-- turns_2: as in failures-then-success
-- runs_2, bursts_2: as in counts-findings
-- reaches_2: as in failures-then-success
-- findings_2: as in counts-findings
members AS (
  SELECT
    CAST(NULL AS varchar) AS id,
    ends AS ts,
    evidence AS evidence,
    TRUE AS s1,
    ARRAY[g1] AS f1
  FROM findings_2
  WHERE finding
),
"values" AS (
  SELECT ts, id, evidence, v1
  FROM members
  CROSS JOIN UNNEST(array_distinct(f1) || ARRAY[CAST(NULL AS varchar)]) AS value1(v1)
),
stretches AS (
  SELECT
    *,
    CASE
      WHEN v1 IS NOT NULL AND COALESCE(ts - lag(ts) OVER (PARTITION BY v1 ORDER BY ts) > 3600000000000, TRUE) THEN 1
      ELSE 0
    END AS begins,
    CASE
      WHEN v1 IS NOT NULL AND COALESCE(lead(ts) OVER (PARTITION BY v1 ORDER BY ts) - ts > 3600000000000, TRUE) THEN 1
      ELSE 0
    END AS ends
  FROM "values"
),
moments AS (
  SELECT
    ts,
    count(CASE WHEN v1 IS NULL THEN 1 END) AS events,
    flatten(COALESCE(filter(array_agg(CASE WHEN v1 IS NULL THEN evidence END), x -> x IS NOT NULL), ARRAY[])) AS evidence,
    sum(begins) AS begun,
    sum(ends) AS ended
  FROM stretches
  GROUP BY ts
),
running AS (
  SELECT
    *,
    sum(begun) OVER (ORDER BY ts) AS all_begun,
    sum(ended) OVER (ORDER BY ts) AS all_ended
  FROM moments
),
windows AS (
  SELECT
    *,
    all_begun
      - COALESCE(
        last_value(all_ended) OVER (ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND 3600000000001 PRECEDING),
        0
      ) AS value
  FROM running
),
-- tested, turns, runs, bursts, reaches, findings, statement: as in counts-findings
