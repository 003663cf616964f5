-- case: host-bits
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(ip, '\A[0-9A-Fa-f:.]+\z')
    AND contains('192.0.2.0/24', TRY_CAST(ip AS IPADDRESS))
    OR regexp_like(ip, '\A[0-9A-Fa-f:.]+\z')
    AND contains('2001:db8::/64', TRY_CAST(ip AS IPADDRESS))
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
  WHERE regexp_like(a, '\A[0-9A-Fa-f:.]+\z')
    AND contains('192.0.2.0/25', TRY_CAST(a AS IPADDRESS))
    OR regexp_like(a, '\A[0-9A-Fa-f:.]+\z')
    AND contains('2001:db8::/32', TRY_CAST(a AS IPADDRESS))
    OR regexp_like(b, '\A[0-9A-Fa-f:.]+\z')
    AND contains('192.0.2.0/24', TRY_CAST(b AS IPADDRESS))
    AND regexp_like(b, '\A[0-9A-Fa-f:.]+\z')
    AND contains('198.51.100.0/24', TRY_CAST(b AS IPADDRESS))
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: mapped
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(a, '\A[0-9A-Fa-f:.]+\z')
    AND contains('192.0.2.0/24', TRY_CAST(a AS IPADDRESS))
    OR regexp_like(b, '\A[0-9A-Fa-f:.]+\z')
    AND contains('192.0.2.0/24', TRY_CAST(b AS IPADDRESS))
    OR regexp_like(c, '\A[0-9A-Fa-f:.]+\z')
    AND contains('::/0', TRY_CAST(c AS IPADDRESS))
    AND NOT contains('::ffff:0.0.0.0/96', TRY_CAST(c AS IPADDRESS))
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: neq
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE NOT COALESCE(
      regexp_like(ip, '\A[0-9A-Fa-f:.]+\z')
      AND contains('192.0.2.0/24', TRY_CAST(ip AS IPADDRESS)),
      FALSE
    )
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: not-an-address
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(ip, '\A[0-9A-Fa-f:.]+\z')
    AND contains('0.0.0.0/0', TRY_CAST(ip AS IPADDRESS))
    OR regexp_like(ip, '\A[0-9A-Fa-f:.]+\z')
    AND contains('::/0', TRY_CAST(ip AS IPADDRESS))
    AND NOT contains('::ffff:0.0.0.0/96', TRY_CAST(ip AS IPADDRESS))
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: v4
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(ip, '\A[0-9A-Fa-f:.]+\z')
    AND contains('198.51.100.64/26', TRY_CAST(ip AS IPADDRESS))
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: v6
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE regexp_like(ip, '\A[0-9A-Fa-f:.]+\z')
    AND contains('2001:db8:0:8000::/49', TRY_CAST(ip AS IPADDRESS))
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
