-- case: broken-text
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) LIKE 'x_y' ESCAPE '\'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: case-folding
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = 'kilo'
    OR lower(b) = 'istanbul'
    OR lower(c) = 'straße'
    OR lower(d) = 'οδοσ'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: escaped-wildcards
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = 'x*y'
    OR lower(b) = 'x?y'
    OR lower(c) = 'c:\temp\file'
    OR starts_with(lower(d), 'c:\temp\')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: list-is-or
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE (
      lower(a) = 'one'
      OR lower(a) LIKE 't_o' ESCAPE '\'
    )
    AND (
      strpos(lower(b), 'x') > 0
      OR strpos(lower(b), 'y') > 0
    )
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: sql-characters
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
            j2 -> json_extract(j2, '$["e"]')
          ),
          (s, i) -> flatten(transform(
            s,
            j3 -> IF(json_array_length(j3) IS NULL, ARRAY[j3], CAST(j3 AS array(json)))
          )),
          s -> s
        ),
        j4 -> COALESCE(json_extract_scalar(j4, '$'), NULLIF(json_format(j4), 'null'))
      ) AS e
    FROM events
  ) AS events
  WHERE a = '100%'
    OR strpos(lower(b), 'a_b') > 0
    OR starts_with(lower(c), 'it''s')
    OR lower(d) = 'tab' || chr(9) || 'here' || chr(0) || 'end'
    OR any_match(e, x -> x LIKE '%\_\%' ESCAPE '\')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: startswith-endswith-contains
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) LIKE 'get_%' ESCAPE '\'
    OR lower(b) LIKE '%x%y' ESCAPE '\'
    OR lower(c) LIKE '%a%c%' ESCAPE '\'
    OR d IS NOT NULL
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: trailing-backslash
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
            j2 -> json_extract(j2, '$["e"]')
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
      ) AS "e as written"
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
  WHERE lower(a) = 'c:\'
    OR lower(b) = 'c:\'
    OR lower(c) = 'c:\*'
    OR d LIKE '%\\' ESCAPE '\'
    OR any_match("e as written", x -> starts_with(x, '\'))
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: whole
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = 'run'
    AND b = ''
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: wildcards
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) LIKE 'a%b_d' ESCAPE '\'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
