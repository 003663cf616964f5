-- case: any-pair
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = lower(b)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: cased
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a = b
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: equal
refused: rule.yml:6:21: field "b.c" has no home in golden [unmapped-field]

-- case: literal
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = lower(b)
    OR strpos(lower(c), lower(d)) > 0
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: parts
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE starts_with(lower(a), lower(x))
    OR starts_with(reverse(lower(b)), reverse(lower(x)))
    OR strpos(lower(c), lower(x)) > 0
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
