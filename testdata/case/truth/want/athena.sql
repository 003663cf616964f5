-- case: double-not
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
            j2 -> json_extract(j2, '$["name"]')
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
      ) AS "name as written"
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
  WHERE any_match("name as written", x -> regexp_like(x, '^a'))
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: missing-is-false
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
              ARRAY[json_extract(event, '$')],
              (s, i) -> flatten(transform(
                s,
                j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
              )),
              s -> s
            ),
            j2 -> json_extract(j2, '$["name"]')
          ),
          (s, i) -> flatten(transform(
            s,
            j3 -> IF(json_array_length(j3) IS NULL, ARRAY[j3], CAST(j3 AS array(json)))
          )),
          s -> s
        ),
        j4 -> COALESCE(json_extract_scalar(j4, '$'), NULLIF(json_format(j4), 'null'))
      ) AS name
    FROM events
  ) AS events
  WHERE any_match(name, x -> lower(x) = 'alice')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: not-each-kind
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      flatten(ARRAY[
        ARRAY[id, service, category, kind, "user", host, a, b, c, d, ip, at, x],
        tags,
        transform(
          filter(
            regexp_extract_all("event as JSON", '"(?:[^"\\]|\\.)*+"\s*:?'),
            x -> NOT x LIKE '%:' ESCAPE '\'
          ),
          x -> json_extract_scalar(x, '$')
        )
      ]) AS strings
    FROM (
      SELECT
        *,
        CASE
          WHEN strpos(lower(event), '\ud') > 0 THEN regexp_replace(
            event,
            '(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
            m -> COALESCE(element_at(m, 1), '\ufffd')
          )
          ELSE event
        END AS "event as JSON"
      FROM events
    ) AS events
  ) AS "events (2)"
  WHERE NOT COALESCE(
      regexp_like(ip, '\A[0-9A-Fa-f:.]+\z')
      AND contains('192.0.2.0/24', TRY_CAST(ip AS IPADDRESS)),
      FALSE
    )
    AND NOT COALESCE(lower(a) = lower(b), FALSE)
    AND NOT COALESCE(
      hour(CASE
        WHEN regexp_like(
          at,
          '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
        ) THEN CASE
          WHEN regexp_like(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$'
          ) THEN date_add(
            'minute',
            CASE
              WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
              ELSE 1
            END * (
              TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -5,
                2
              ) AS integer) * 60
                + TRY_CAST(substr(
                  replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                  -2,
                  2
                ) AS integer)
            ),
            TRY(from_iso8601_timestamp(regexp_replace(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              '[+-][0-9]{2}:[0-9]{2}$',
              'Z'
            )))
          )
          ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
        END
      END AT TIME ZONE 'UTC') = 3,
      FALSE
    )
    AND NOT COALESCE(any_match(strings, x -> strpos(lower(x), 'needle') > 0), FALSE)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: not-missing-is-true
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
              ARRAY[json_extract(event, '$')],
              (s, i) -> flatten(transform(
                s,
                j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
              )),
              s -> s
            ),
            j2 -> json_extract(j2, '$["name"]')
          ),
          (s, i) -> flatten(transform(
            s,
            j3 -> IF(json_array_length(j3) IS NULL, ARRAY[j3], CAST(j3 AS array(json)))
          )),
          s -> s
        ),
        j4 -> COALESCE(json_extract_scalar(j4, '$'), NULLIF(json_format(j4), 'null'))
      ) AS name
    FROM events
  ) AS events
  WHERE NOT COALESCE(any_match(name, x -> lower(x) = 'alice'), FALSE)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: not-or-missing
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE NOT COALESCE(
      lower(a) = 'x'
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
      ) AS decimal(38, 18)) > CAST('5' AS decimal(38, 18)),
      FALSE
    )
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
