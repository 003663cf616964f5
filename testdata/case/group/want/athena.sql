-- case: alias-with-one-event
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(strpos(lower(kind), 'a') > 0, FALSE) AS b1,
    COALESCE(strpos(lower(kind), 'b') > 0, FALSE) AS b2,
    "src as written" AS f1,
    "dst as written" AS f2
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
      ) AS "src as written",
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
    COALESCE(filter(f1, x -> x IS NOT NULL), ARRAY[]) AS f1,
    COALESCE(filter(f2, x -> x IS NOT NULL), ARRAY[]) AS f2
  FROM copies
  WHERE id IS NULL
    OR copy = 1
),
grouped AS (
  SELECT
    id,
    ts,
    g1,
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
  g1 AS peer,
  from_unixtime_nanos(begins) AS "first",
  from_unixtime_nanos(ends) AS "last",
  CAST(events AS bigint) AS count,
  peak AS value,
  evidence AS ids
FROM findings
WHERE finding
ORDER BY "last", "first", peer

-- case: aliases
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    COALESCE(lower(kind) = 'b', FALSE) AS b2,
    "src as written" AS f1,
    "dst as written" AS f2
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
      ) AS "src as written",
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
-- copies, members, grouped, moments, windows, counted, tested, turns, runs, bursts, reaches, findings, statement: as in alias-with-one-event

-- case: array
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
      AND COALESCE(ts - lag(ts) OVER (PARTITION BY g1 ORDER BY ts) <= 600000000000, FALSE) THEN 0
      ELSE 1
    END AS turn
  FROM tested
),
-- runs, bursts: as in alias-with-one-event
reaches AS (
  SELECT
    *,
    holds AND ts = run_ends AS finding,
    CASE WHEN holds AND ts = run_ends THEN ts - run_begins + 600000000000 ELSE 0 END AS reach
  FROM bursts
),
-- findings: as in alias-with-one-event
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

-- case: exact
-- events_, copies, members, grouped, moments, windows, tested, turns: as in array
-- runs, bursts: as in alias-with-one-event
-- reaches: as in array
-- findings: as in alias-with-one-event
-- statement: as in array

-- case: missing
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    ARRAY["user"] AS f1,
    "src.ip as written" AS f2
  FROM (
    SELECT
      *,
      transform(
        flatten(transform(
          reduce(
            sequence(1, 4),
            ARRAY[json_extract("event with marked numbers", '$')],
            (s, i) -> flatten(transform(
              s,
              j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
            )),
            s -> s
          ),
          j2 -> COALESCE(
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$["src.ip"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j4 -> IF(json_array_length(j4) IS NULL, ARRAY[j4], CAST(j4 AS array(json)))
                  )),
                  s -> s
                ),
                j3 -> COALESCE(json_extract_scalar(j3, '$'), NULLIF(json_format(j3), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            reduce(
              sequence(1, 4),
              transform(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$["src"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                  )),
                  s -> s
                ),
                j7 -> json_extract(j7, '$["ip"]')
              ),
              (s, i) -> flatten(transform(
                s,
                j8 -> IF(json_array_length(j8) IS NULL, ARRAY[j8], CAST(j8 AS array(json)))
              )),
              s -> s
            )
          )
        )),
        j9 -> CASE
          WHEN substr(json_format(j9), 1, 1) IN ('{', '[') THEN regexp_replace(
            regexp_replace(
              regexp_replace(
                COALESCE(json_extract_scalar(j9, '$'), NULLIF(json_format(j9), 'null')),
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
              ARRAY[COALESCE(json_extract_scalar(j9, '$'), NULLIF(json_format(j9), 'null'))],
              u -> CASE
                WHEN starts_with(u, chr(1) || 'N') THEN substr(u, 3)
                WHEN starts_with(u, chr(1) || 'S') THEN chr(1) || substr(u, 3)
                ELSE u
              END
            ),
            1
          )
        END
      ) AS "src.ip as written"
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
-- copies: as in array
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
grouped AS (
  SELECT *
  FROM members
  CROSS JOIN UNNEST(array_distinct(f1)) AS group1(g1)
  CROSS JOIN UNNEST(array_distinct(f2)) AS group2(g2)
),
moments AS (
  SELECT
    g1,
    g2,
    ts,
    count(1) AS events,
    array_sort(COALESCE(filter(array_agg(id), x -> x IS NOT NULL), ARRAY[])) AS evidence
  FROM grouped
  GROUP BY g1, g2, ts
),
windows AS (
  SELECT
    *,
    sum(events) OVER (PARTITION BY g1, g2 ORDER BY ts RANGE BETWEEN 600000000000 PRECEDING AND CURRENT ROW) AS value
  FROM moments
),
tested AS (
  SELECT
    g1,
    g2,
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
      AND COALESCE(lag(holds) OVER (PARTITION BY g1, g2 ORDER BY ts), FALSE)
      AND COALESCE(ts - lag(ts) OVER (PARTITION BY g1, g2 ORDER BY ts) <= 600000000000, FALSE) THEN 0
      ELSE 1
    END AS turn
  FROM tested
),
runs AS (
  SELECT
    *,
    sum(turn) OVER (PARTITION BY g1, g2 ORDER BY ts) AS run
  FROM turns
),
bursts AS (
  SELECT
    *,
    min(ts) OVER (PARTITION BY g1, g2, run) AS run_begins,
    max(ts) OVER (PARTITION BY g1, g2, run) AS run_ends,
    max(value) OVER (PARTITION BY g1, g2, run) AS peak
  FROM runs
),
-- reaches: as in array
findings AS (
  SELECT
    g1,
    g2,
    min(ts) OVER (PARTITION BY g1, g2 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS begins,
    ts AS ends,
    sum(events) OVER (PARTITION BY g1, g2 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW) AS events,
    flatten(array_agg(evidence) OVER (PARTITION BY g1, g2 ORDER BY ts RANGE BETWEEN reach PRECEDING AND CURRENT ROW)) AS evidence,
    finding,
    peak
  FROM reaches
)
SELECT
  g1 AS "user",
  g2 AS "src.ip",
  from_unixtime_nanos(begins) AS "first",
  from_unixtime_nanos(ends) AS "last",
  CAST(events AS bigint) AS count,
  peak AS value,
  evidence AS ids
FROM findings
WHERE finding
ORDER BY "last", "first", "user", "src.ip"

-- case: none
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1
  FROM events
),
-- copies: as in array
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
    sum(events) OVER (ORDER BY ts RANGE BETWEEN 600000000000 PRECEDING AND CURRENT ROW) AS value
  FROM moments
),
tested AS (
  SELECT
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
      AND COALESCE(lag(holds) OVER (ORDER BY ts), FALSE)
      AND COALESCE(ts - lag(ts) OVER (ORDER BY ts) <= 600000000000, FALSE) THEN 0
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
-- reaches: as in array
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

-- case: values
WITH events_ AS (
  SELECT
    NULLIF(id, '') AS id,
    CAST(to_unixtime(date_trunc('second', "time")) AS bigint) * 1000000000
      + CAST(rpad(COALESCE(regexp_extract(CAST("time" AS varchar), '\.([0-9]+)', 1), ''), 9, '0') AS bigint) AS ts,
    COALESCE(lower(kind) = 'a', FALSE) AS b1,
    ARRAY["user"] AS f1,
    "v as written" AS f2
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
            j2 -> json_extract(j2, '$["v"]')
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
      ) AS "v as written"
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
-- copies: as in array
-- members: as in missing
-- grouped: as in array
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
tested AS (
  SELECT
    g1,
    ts,
    events,
    evidence,
    value >= 4 AS holds,
    CAST(value AS bigint) AS value
  FROM windows
),
-- turns: as in array
-- runs, bursts: as in alias-with-one-event
-- reaches: as in array
-- findings: as in alias-with-one-event
-- statement: as in array
