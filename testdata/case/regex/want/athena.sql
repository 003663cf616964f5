-- case: dollar
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(a, 'end\z')
    OR regexp_like(b, '^a.b\z')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: flags
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(a, '^[Aa][Bb][Cc]\z')
    OR regexp_like(b, '(?<![^\n])two(?![^\n])')
    OR regexp_like(c, '(?s)one.two')
    OR regexp_like(d, '(?s)(?<![^\n])[Bb].[Cc](?![^\n])')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: list-and-all
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(a, '^x')
    OR regexp_like(a, 'y\z')
    OR regexp_like(b, '^x')
    AND regexp_like(b, 'y\z')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: not-re2
refused: rule.yml:6:17: error parsing regexp: invalid or unsupported Perl syntax: `(?=` [invalid-regex]

-- case: number-and-boolean
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(a, '^(?:1\.50|true|-0)\z')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: on-object
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(a, '^\{"n":[.0-9]+\}\z')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: raw-value
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(a, 'C:\\Temp\\[a-z]+\.exe')
    OR regexp_like(b, '^a\*b?\z')
    OR regexp_like(c, '^[0-9]{3}\z')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: unanchored
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(a, 'b+c')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
