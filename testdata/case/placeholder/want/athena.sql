-- case: all-and-neq
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE (
      strpos(lower(a), 'root') > 0
      OR strpos(lower(a), 'adm') > 0
    )
    AND strpos(lower(a), 'shell') > 0
    AND NOT COALESCE(
      lower(b) = 'root'
      OR starts_with(lower(b), 'adm'),
      FALSE
    )
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: inside
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) LIKE '%\\tool.exe' ESCAPE '\'
    OR lower(a) LIKE '%\\tool.c*m' ESCAPE '\'
    OR strpos(lower(b), 'root-exe') > 0
    OR strpos(lower(b), 'root-c*m') > 0
    OR lower(b) LIKE '%adm%-exe%' ESCAPE '\'
    OR lower(b) LIKE '%adm%-c*m%' ESCAPE '\'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: open
refused: rule.yml:1:8: a placeholder has no values: nobody [unresolved-placeholder]

-- case: percent
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a = '100%'
    OR lower(b) = '%admins%'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: values
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower("user") = 'root'
    OR starts_with(lower("user"), 'adm')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: without-expand
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower("user") = '%admins%'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
