-- case: all-three
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(service) = 'mail'
    AND lower(category) = 'process_creation'
    AND lower(a) = 'x'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: category
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(category) = 'process_creation'
    AND lower(a) = 'x'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: narrower
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(service) = 'web'
    AND lower(a) = 'x'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: product
refused: rule.yml:1:8: golden has no events of this log source (product other) [unknown-log-source]

-- case: wider
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = 'x'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
