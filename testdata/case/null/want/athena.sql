-- case: below-missing-object
refused: rule.yml:6:9: field "a.b.c" has no home in golden [unmapped-field]

-- case: empty-string
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a = ''
    AND b IS NOT NULL
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: exists
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a IS NOT NULL
    AND b IS NULL
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: null-in-list
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a IS NULL
    OR lower(a) = 'none'
    OR a = ''
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: null-value
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a IS NULL
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
