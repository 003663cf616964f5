-- case: not-boolean
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = 'yes'
    OR lower(b) = 'off'
    OR lower(c) = 'true'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: not-date
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a = '2024-01-02'
    OR b = '1.2.3'
    OR c = '12:30'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: not-decimal
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = '0x17'
    OR b = '007'
    OR c = '1_000'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: quoted-number
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a = '10'
    OR regexp_like(b, '\A(?:0\.0*)?10*(?:\.0+)?(?:[eE][+-]?0*[0-9]{1,12})?\z')
    AND TRY_CAST(b AS double) = 10
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
