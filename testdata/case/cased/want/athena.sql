-- case: equal
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a = 'PowerShell'
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
  WHERE a LIKE 'A%Z_' ESCAPE '\'
    OR a = 'q*'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: with-contains
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE strpos(a, 'Ab') > 0
    OR starts_with(b, 'Ab')
    OR c LIKE '%K' ESCAPE '\'
    OR c LIKE '%Z' ESCAPE '\'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
