-- case: boolean-text
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE strpos(lower(a), 'ru') > 0
    OR regexp_like(b, '^f')
    OR lower(c) = 'true'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: null-is-no-text
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a IS NOT NULL
    OR strpos(lower(b), 'null') > 0
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: number-text
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE strpos(a, '0.0') > 0
    OR regexp_like(b, '^1e')
    OR starts_with(c, '4')
    OR d = '7'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: number-with-string-modifier
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE strpos(a, '12') > 0
    OR starts_with(lower(b), 'true')
    OR c = '1'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
