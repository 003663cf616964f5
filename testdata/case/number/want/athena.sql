-- case: big-integers
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(
      a,
      '\A(?:0\.0*)?9\.?2\.?2\.?3\.?3\.?7\.?2\.?0\.?3\.?6\.?8\.?5\.?4\.?7\.?7\.?5\.?8\.?0\.?70*(?:\.0+)?(?:[eE][+-]?0*[0-9]{1,12})?\z'
    )
    AND TRY_CAST(a AS double) = CAST('9223372036854775807' AS double)
    OR TRY_CAST(element_at(
      transform(
        ARRAY[CASE
          WHEN regexp_like(b, '^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$') THEN CASE
            WHEN regexp_like(b, '[eE]') THEN CASE WHEN starts_with(b, '-') THEN '-' ELSE '' END
              || substr(
                '0000000000000000000000000000000000000000000000000000000000000'
                  || COALESCE(regexp_extract(b, '^-?([0-9]+)', 1), '')
                  || COALESCE(regexp_extract(b, '\.([0-9]+)', 1), '')
                  || '0000000000000000000000000000000000000000000000000000000000000'
                  || '0000000000000000000000000000000000000000000000000000000000000',
                1,
                greatest(
                  0,
                  least(
                    120,
                    length(COALESCE(regexp_extract(b, '^-?([0-9]+)', 1), ''))
                      + COALESCE(
                        TRY_CAST(regexp_extract(b, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                        CASE WHEN regexp_like(b, '[eE]-') THEN -60 ELSE 60 END
                      )
                      + 60
                  )
                )
                  + 1
              )
              || '.'
              || substr(
                '0000000000000000000000000000000000000000000000000000000000000'
                  || COALESCE(regexp_extract(b, '^-?([0-9]+)', 1), '')
                  || COALESCE(regexp_extract(b, '\.([0-9]+)', 1), '')
                  || '0000000000000000000000000000000000000000000000000000000000000'
                  || '0000000000000000000000000000000000000000000000000000000000000',
                greatest(
                  0,
                  least(
                    120,
                    length(COALESCE(regexp_extract(b, '^-?([0-9]+)', 1), ''))
                      + COALESCE(
                        TRY_CAST(regexp_extract(b, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                        CASE WHEN regexp_like(b, '[eE]-') THEN -60 ELSE 60 END
                      )
                      + 60
                  )
                )
                  + 2
              )
            ELSE b
          END
        END],
        n -> CASE
          WHEN regexp_like(n, '^-?0*[1-9][0-9]{19}') THEN CASE WHEN starts_with(n, '-') THEN '-' ELSE '' END
            || '99999999999999999999'
          WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}[0-9]*[1-9]') THEN regexp_extract(
            n,
            '^-?[0-9]+\.[0-9]{17}',
            0
          )
            || '1'
          WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}') THEN regexp_extract(n, '^-?[0-9]+\.[0-9]{17}', 0)
          ELSE n
        END
      ),
      1
    ) AS decimal(38, 18)) > CAST('9223372036854775806' AS decimal(38, 18))
    OR TRY_CAST(element_at(
      transform(
        ARRAY[CASE
          WHEN regexp_like(c, '^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$') THEN CASE
            WHEN regexp_like(c, '[eE]') THEN CASE WHEN starts_with(c, '-') THEN '-' ELSE '' END
              || substr(
                '0000000000000000000000000000000000000000000000000000000000000'
                  || COALESCE(regexp_extract(c, '^-?([0-9]+)', 1), '')
                  || COALESCE(regexp_extract(c, '\.([0-9]+)', 1), '')
                  || '0000000000000000000000000000000000000000000000000000000000000'
                  || '0000000000000000000000000000000000000000000000000000000000000',
                1,
                greatest(
                  0,
                  least(
                    120,
                    length(COALESCE(regexp_extract(c, '^-?([0-9]+)', 1), ''))
                      + COALESCE(
                        TRY_CAST(regexp_extract(c, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                        CASE WHEN regexp_like(c, '[eE]-') THEN -60 ELSE 60 END
                      )
                      + 60
                  )
                )
                  + 1
              )
              || '.'
              || substr(
                '0000000000000000000000000000000000000000000000000000000000000'
                  || COALESCE(regexp_extract(c, '^-?([0-9]+)', 1), '')
                  || COALESCE(regexp_extract(c, '\.([0-9]+)', 1), '')
                  || '0000000000000000000000000000000000000000000000000000000000000'
                  || '0000000000000000000000000000000000000000000000000000000000000',
                greatest(
                  0,
                  least(
                    120,
                    length(COALESCE(regexp_extract(c, '^-?([0-9]+)', 1), ''))
                      + COALESCE(
                        TRY_CAST(regexp_extract(c, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                        CASE WHEN regexp_like(c, '[eE]-') THEN -60 ELSE 60 END
                      )
                      + 60
                  )
                )
                  + 2
              )
            ELSE c
          END
        END],
        n -> CASE
          WHEN regexp_like(n, '^-?0*[1-9][0-9]{19}') THEN CASE WHEN starts_with(n, '-') THEN '-' ELSE '' END
            || '99999999999999999999'
          WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}[0-9]*[1-9]') THEN regexp_extract(
            n,
            '^-?[0-9]+\.[0-9]{17}',
            0
          )
            || '1'
          WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}') THEN regexp_extract(n, '^-?[0-9]+\.[0-9]{17}', 0)
          ELSE n
        END
      ),
      1
    ) AS decimal(38, 18)) <= CAST('-9223372036854775808' AS decimal(38, 18))
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: compare
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE TRY_CAST(element_at(
      transform(
        ARRAY[CASE
          WHEN regexp_like(a, '^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$') THEN CASE
            WHEN regexp_like(a, '[eE]') THEN CASE WHEN starts_with(a, '-') THEN '-' ELSE '' END
              || substr(
                '0000000000000000000000000000000000000000000000000000000000000'
                  || COALESCE(regexp_extract(a, '^-?([0-9]+)', 1), '')
                  || COALESCE(regexp_extract(a, '\.([0-9]+)', 1), '')
                  || '0000000000000000000000000000000000000000000000000000000000000'
                  || '0000000000000000000000000000000000000000000000000000000000000',
                1,
                greatest(
                  0,
                  least(
                    120,
                    length(COALESCE(regexp_extract(a, '^-?([0-9]+)', 1), ''))
                      + COALESCE(
                        TRY_CAST(regexp_extract(a, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                        CASE WHEN regexp_like(a, '[eE]-') THEN -60 ELSE 60 END
                      )
                      + 60
                  )
                )
                  + 1
              )
              || '.'
              || substr(
                '0000000000000000000000000000000000000000000000000000000000000'
                  || COALESCE(regexp_extract(a, '^-?([0-9]+)', 1), '')
                  || COALESCE(regexp_extract(a, '\.([0-9]+)', 1), '')
                  || '0000000000000000000000000000000000000000000000000000000000000'
                  || '0000000000000000000000000000000000000000000000000000000000000',
                greatest(
                  0,
                  least(
                    120,
                    length(COALESCE(regexp_extract(a, '^-?([0-9]+)', 1), ''))
                      + COALESCE(
                        TRY_CAST(regexp_extract(a, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                        CASE WHEN regexp_like(a, '[eE]-') THEN -60 ELSE 60 END
                      )
                      + 60
                  )
                )
                  + 2
              )
            ELSE a
          END
        END],
        n -> CASE
          WHEN regexp_like(n, '^-?0*[1-9][0-9]{19}') THEN CASE WHEN starts_with(n, '-') THEN '-' ELSE '' END
            || '99999999999999999999'
          WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}[0-9]*[1-9]') THEN regexp_extract(
            n,
            '^-?[0-9]+\.[0-9]{17}',
            0
          )
            || '1'
          WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}') THEN regexp_extract(n, '^-?[0-9]+\.[0-9]{17}', 0)
          ELSE n
        END
      ),
      1
    ) AS decimal(38, 18)) > CAST('9' AS decimal(38, 18))
    OR TRY_CAST(element_at(
      transform(
        ARRAY[CASE
          WHEN regexp_like(b, '^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$') THEN CASE
            WHEN regexp_like(b, '[eE]') THEN CASE WHEN starts_with(b, '-') THEN '-' ELSE '' END
              || substr(
                '0000000000000000000000000000000000000000000000000000000000000'
                  || COALESCE(regexp_extract(b, '^-?([0-9]+)', 1), '')
                  || COALESCE(regexp_extract(b, '\.([0-9]+)', 1), '')
                  || '0000000000000000000000000000000000000000000000000000000000000'
                  || '0000000000000000000000000000000000000000000000000000000000000',
                1,
                greatest(
                  0,
                  least(
                    120,
                    length(COALESCE(regexp_extract(b, '^-?([0-9]+)', 1), ''))
                      + COALESCE(
                        TRY_CAST(regexp_extract(b, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                        CASE WHEN regexp_like(b, '[eE]-') THEN -60 ELSE 60 END
                      )
                      + 60
                  )
                )
                  + 1
              )
              || '.'
              || substr(
                '0000000000000000000000000000000000000000000000000000000000000'
                  || COALESCE(regexp_extract(b, '^-?([0-9]+)', 1), '')
                  || COALESCE(regexp_extract(b, '\.([0-9]+)', 1), '')
                  || '0000000000000000000000000000000000000000000000000000000000000'
                  || '0000000000000000000000000000000000000000000000000000000000000',
                greatest(
                  0,
                  least(
                    120,
                    length(COALESCE(regexp_extract(b, '^-?([0-9]+)', 1), ''))
                      + COALESCE(
                        TRY_CAST(regexp_extract(b, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                        CASE WHEN regexp_like(b, '[eE]-') THEN -60 ELSE 60 END
                      )
                      + 60
                  )
                )
                  + 2
              )
            ELSE b
          END
        END],
        n -> CASE
          WHEN regexp_like(n, '^-?0*[1-9][0-9]{19}') THEN CASE WHEN starts_with(n, '-') THEN '-' ELSE '' END
            || '99999999999999999999'
          WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}[0-9]*[1-9]') THEN regexp_extract(
            n,
            '^-?[0-9]+\.[0-9]{17}',
            0
          )
            || '1'
          WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}') THEN regexp_extract(n, '^-?[0-9]+\.[0-9]{17}', 0)
          ELSE n
        END
      ),
      1
    ) AS decimal(38, 18)) >= CAST('-1.5' AS decimal(38, 18))
    OR TRY_CAST(element_at(
      transform(
        ARRAY[CASE
          WHEN regexp_like(c, '^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$') THEN CASE
            WHEN regexp_like(c, '[eE]') THEN CASE WHEN starts_with(c, '-') THEN '-' ELSE '' END
              || substr(
                '0000000000000000000000000000000000000000000000000000000000000'
                  || COALESCE(regexp_extract(c, '^-?([0-9]+)', 1), '')
                  || COALESCE(regexp_extract(c, '\.([0-9]+)', 1), '')
                  || '0000000000000000000000000000000000000000000000000000000000000'
                  || '0000000000000000000000000000000000000000000000000000000000000',
                1,
                greatest(
                  0,
                  least(
                    120,
                    length(COALESCE(regexp_extract(c, '^-?([0-9]+)', 1), ''))
                      + COALESCE(
                        TRY_CAST(regexp_extract(c, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                        CASE WHEN regexp_like(c, '[eE]-') THEN -60 ELSE 60 END
                      )
                      + 60
                  )
                )
                  + 1
              )
              || '.'
              || substr(
                '0000000000000000000000000000000000000000000000000000000000000'
                  || COALESCE(regexp_extract(c, '^-?([0-9]+)', 1), '')
                  || COALESCE(regexp_extract(c, '\.([0-9]+)', 1), '')
                  || '0000000000000000000000000000000000000000000000000000000000000'
                  || '0000000000000000000000000000000000000000000000000000000000000',
                greatest(
                  0,
                  least(
                    120,
                    length(COALESCE(regexp_extract(c, '^-?([0-9]+)', 1), ''))
                      + COALESCE(
                        TRY_CAST(regexp_extract(c, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                        CASE WHEN regexp_like(c, '[eE]-') THEN -60 ELSE 60 END
                      )
                      + 60
                  )
                )
                  + 2
              )
            ELSE c
          END
        END],
        n -> CASE
          WHEN regexp_like(n, '^-?0*[1-9][0-9]{19}') THEN CASE WHEN starts_with(n, '-') THEN '-' ELSE '' END
            || '99999999999999999999'
          WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}[0-9]*[1-9]') THEN regexp_extract(
            n,
            '^-?[0-9]+\.[0-9]{17}',
            0
          )
            || '1'
          WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}') THEN regexp_extract(n, '^-?[0-9]+\.[0-9]{17}', 0)
          ELSE n
        END
      ),
      1
    ) AS decimal(38, 18)) < CAST('0.1' AS decimal(38, 18))
    OR TRY_CAST(element_at(
      transform(
        ARRAY[CASE
          WHEN regexp_like(d, '^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$') THEN CASE
            WHEN regexp_like(d, '[eE]') THEN CASE WHEN starts_with(d, '-') THEN '-' ELSE '' END
              || substr(
                '0000000000000000000000000000000000000000000000000000000000000'
                  || COALESCE(regexp_extract(d, '^-?([0-9]+)', 1), '')
                  || COALESCE(regexp_extract(d, '\.([0-9]+)', 1), '')
                  || '0000000000000000000000000000000000000000000000000000000000000'
                  || '0000000000000000000000000000000000000000000000000000000000000',
                1,
                greatest(
                  0,
                  least(
                    120,
                    length(COALESCE(regexp_extract(d, '^-?([0-9]+)', 1), ''))
                      + COALESCE(
                        TRY_CAST(regexp_extract(d, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                        CASE WHEN regexp_like(d, '[eE]-') THEN -60 ELSE 60 END
                      )
                      + 60
                  )
                )
                  + 1
              )
              || '.'
              || substr(
                '0000000000000000000000000000000000000000000000000000000000000'
                  || COALESCE(regexp_extract(d, '^-?([0-9]+)', 1), '')
                  || COALESCE(regexp_extract(d, '\.([0-9]+)', 1), '')
                  || '0000000000000000000000000000000000000000000000000000000000000'
                  || '0000000000000000000000000000000000000000000000000000000000000',
                greatest(
                  0,
                  least(
                    120,
                    length(COALESCE(regexp_extract(d, '^-?([0-9]+)', 1), ''))
                      + COALESCE(
                        TRY_CAST(regexp_extract(d, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                        CASE WHEN regexp_like(d, '[eE]-') THEN -60 ELSE 60 END
                      )
                      + 60
                  )
                )
                  + 2
              )
            ELSE d
          END
        END],
        n -> CASE
          WHEN regexp_like(n, '^-?0*[1-9][0-9]{19}') THEN CASE WHEN starts_with(n, '-') THEN '-' ELSE '' END
            || '99999999999999999999'
          WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}[0-9]*[1-9]') THEN regexp_extract(
            n,
            '^-?[0-9]+\.[0-9]{17}',
            0
          )
            || '1'
          WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}') THEN regexp_extract(n, '^-?[0-9]+\.[0-9]{17}', 0)
          ELSE n
        END
      ),
      1
    ) AS decimal(38, 18)) <= CAST('1000' AS decimal(38, 18))
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: comparison-needs-number
refused: rule.yml:6:15: expected a decimal number, found "many" [invalid-value]

-- case: lists-and-elements
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
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
            j2 -> json_extract(j2, '$["m"]')
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
      ) AS "m as written",
      transform(
        reduce(
          sequence(1, 4),
          transform(
            reduce(
              sequence(1, 4),
              ARRAY[json_extract(event, '$')],
              (s, i) -> flatten(transform(
                s,
                j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
              )),
              s -> s
            ),
            j2 -> json_extract(j2, '$["m"]')
          ),
          (s, i) -> flatten(transform(
            s,
            j3 -> IF(json_array_length(j3) IS NULL, ARRAY[j3], CAST(j3 AS array(json)))
          )),
          s -> s
        ),
        j4 -> COALESCE(json_extract_scalar(j4, '$'), NULLIF(json_format(j4), 'null'))
      ) AS m
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
  WHERE n > 5
    AND n < 7
    OR any_match(
      "m as written",
      x -> regexp_like(x, '\A(?:(?:0\.0*)?10*(?:\.0+)?|(?:0\.0*)?2\.?50*(?:\.0+)?)(?:[eE][+-]?0*[0-9]{1,12})?\z') AND TRY_CAST(x AS double) IN (1, CAST('2.5' AS double))
    )
    OR any_match(m, x -> lower(x) = 'word')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: same-value
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE n = 10
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: zero
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE n = 0
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
