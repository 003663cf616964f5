-- case: all-each-in-some-element
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT *, tags AS "tags (2)"
    FROM events
  ) AS events
  WHERE any_match("tags (2)", x -> strpos(lower(x), 'red') > 0)
    AND any_match("tags (2)", x -> strpos(lower(x), 'big') > 0)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: any-element
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT *, tags AS "tags (2)"
    FROM events
  ) AS events
  WHERE any_match("tags (2)", x -> lower(x) = 'red')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: crossing-and-nested
refused: rule.yml:6:9: field "a.b" has no home in golden [unmapped-field]

-- case: json-strings
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      transform(
        flatten(transform(
          reduce(
            sequence(1, 4),
            ARRAY[json_extract(event, '$')],
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
                  ARRAY[json_extract(j2, '$["doc.k"]')],
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
                  ARRAY[json_extract(j2, '$["doc"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                  )),
                  s -> s
                ),
                j7 -> json_extract(j7, '$["k"]')
              ),
              (s, i) -> flatten(transform(
                s,
                j8 -> IF(json_array_length(j8) IS NULL, ARRAY[j8], CAST(j8 AS array(json)))
              )),
              s -> s
            )
          )
        )),
        j9 -> COALESCE(json_extract_scalar(j9, '$'), NULLIF(json_format(j9), 'null'))
      ) AS "doc.k"
    FROM events
  ) AS events
  WHERE any_match("doc.k", x -> lower(x) = 'x')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: two-fields-any-pair
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      transform(
        flatten(transform(
          reduce(
            sequence(1, 4),
            ARRAY[json_extract(event, '$')],
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
                  ARRAY[json_extract(j2, '$["p.name"]')],
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
                  ARRAY[json_extract(j2, '$["p"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                  )),
                  s -> s
                ),
                j7 -> json_extract(j7, '$["name"]')
              ),
              (s, i) -> flatten(transform(
                s,
                j8 -> IF(json_array_length(j8) IS NULL, ARRAY[j8], CAST(j8 AS array(json)))
              )),
              s -> s
            )
          )
        )),
        j9 -> COALESCE(json_extract_scalar(j9, '$'), NULLIF(json_format(j9), 'null'))
      ) AS "p.name",
      transform(
        flatten(transform(
          reduce(
            sequence(1, 4),
            ARRAY[json_extract(event, '$')],
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
                  ARRAY[json_extract(j2, '$["p.kind"]')],
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
                  ARRAY[json_extract(j2, '$["p"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                  )),
                  s -> s
                ),
                j7 -> json_extract(j7, '$["kind"]')
              ),
              (s, i) -> flatten(transform(
                s,
                j8 -> IF(json_array_length(j8) IS NULL, ARRAY[j8], CAST(j8 AS array(json)))
              )),
              s -> s
            )
          )
        )),
        j9 -> COALESCE(json_extract_scalar(j9, '$'), NULLIF(json_format(j9), 'null'))
      ) AS "p.kind",
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
                  ARRAY[json_extract(j2, '$["p.name"]')],
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
                  ARRAY[json_extract(j2, '$["p"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                  )),
                  s -> s
                ),
                j7 -> json_extract(j7, '$["name"]')
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
      ) AS "p.name as written",
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
                  ARRAY[json_extract(j2, '$["q.name"]')],
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
                  ARRAY[json_extract(j2, '$["q"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                  )),
                  s -> s
                ),
                j7 -> json_extract(j7, '$["name"]')
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
      ) AS "q.name as written"
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
  WHERE any_match("p.name", x -> lower(x) = 'admin')
    AND any_match("p.kind", x -> lower(x) = 'role')
    OR any_match("p.name as written", x -> any_match("q.name as written", y -> lower(x) = lower(y)))
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
