-- case: all-single-value
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE strpos(lower(a), 'x') > 0
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: count
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = 'x'
    AND lower(b) = 'x'
    OR lower(a) = 'x'
    AND lower(c) = 'x'
    OR lower(b) = 'x'
    AND lower(c) = 'x'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: list-of-maps
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = 'x'
    AND lower(b) = 'y'
    OR regexp_like(c, '\A(?:(?:0\.0*)?10*(?:\.0+)?|(?:0\.0*)?20*(?:\.0+)?)(?:[eE][+-]?0*[0-9]{1,12})?\z')
    AND TRY_CAST(c AS double) IN (1, 2)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: list
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = 'x'
    AND lower(b) = 'x'
    OR NOT COALESCE(lower(a) = 'x', FALSE)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: precedence
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = 'x'
    OR lower(b) = 'x'
    AND NOT COALESCE(lower(c) = 'x', FALSE)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: selectors
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE (
      lower(a) = 'x'
      OR lower(b) = 'x'
    )
    AND NOT COALESCE(
      lower(c) = 'x'
      AND lower(d) = 'x',
      FALSE
    )
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: underscore-by-name
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = 'x'
    AND (
      lower(b) = 'x'
      OR lower(c) = 'x'
    )
    AND NOT COALESCE(lower(c) = 'x', FALSE)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: underscore
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = 'x'
    AND lower(b) = 'x'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
