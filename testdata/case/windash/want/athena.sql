-- case: all-and-long-dash-in-rule
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(lower(a), ' [\-/\x{2013}\x{2014}\x{2015}]a')
    AND regexp_like(lower(a), ' [\-/\x{2013}\x{2014}\x{2015}]b')
    OR lower(b) = '–x'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: double-and-trailing
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(lower(a), '^-[\-/\x{2013}\x{2014}\x{2015}]help\z')
    OR starts_with(lower(b), 'run - ')
    OR c LIKE '% -' ESCAPE '\'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: letters
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(lower(a), '^[\-/\x{2013}\x{2014}\x{2015}]\x{436}\z')
    OR lower(b) = 'ж-a'
    OR regexp_like(c, '^ [\-/\x{2013}\x{2014}\x{2015}]1\z')
    OR regexp_like(lower(d), '^_-a [\-/\x{2013}\x{2014}\x{2015}]_b\z')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: slash-in-rule
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(lower(a), ' [\-/\x{2013}\x{2014}\x{2015}]c dir/x')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: start-and-after-space
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(lower(a), '^[\-/\x{2013}\x{2014}\x{2015}]param-1 [\-/\x{2013}\x{2014}\x{2015}]param2\z')
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
  WHERE regexp_like(lower(a), '(?s)^cmd.*[\-/\x{2013}\x{2014}\x{2015}]x\z')
    OR regexp_like(lower(b), '(?s)^a.[\-/\x{2013}\x{2014}\x{2015}]b\z')
    OR starts_with(lower(c), 'a -')
    OR regexp_like(lower(d), '^a \*[\-/\x{2013}\x{2014}\x{2015}]b\z')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
