-- case: base64-bytes
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a = 'w6k='
    OR b = 'YQ=='
    OR c = 'YSo='
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: base64
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a = 'Zm9vYmFy'
    OR strpos(b, 'Zm9vYmFy') > 0
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: base64offset
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE strpos(a, 'Zm9vYmFy') > 0
    OR strpos(a, 'Zvb2Jhc') > 0
    OR strpos(a, 'mb29iYX') > 0
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: utf16-in-base64
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a = 'YwBtAGQA'
    OR b = 'AGMAbQBk'
    OR c = '//5jAG0AZAA='
    OR d = '6QA92ADe'
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: wide-base64offset
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE strpos(a, 'SQBFAFgA') > 0
    OR strpos(a, 'kARQBYA') > 0
    OR strpos(a, 'JAEUAWA') > 0
    OR strpos(a, 'TgBlAHcALQBPAGIAagBlAGMAdA') > 0
    OR strpos(a, '4AZQB3AC0ATwBiAGoAZQBjAHQA') > 0
    OR strpos(a, 'OAGUAdwAtAE8AYgBqAGUAYwB0A') > 0
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: wide
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a = 'c' || chr(0) || 'm' || chr(0) || 'd' || chr(0)
    OR strpos(b, 'c' || chr(0) || 'm' || chr(0) || 'd' || chr(0)) > 0
    OR strpos(c, chr(0) || 'c' || chr(0) || 'm' || chr(0) || 'd') > 0
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: wildcard
refused: rule.yml:6:19: modifier "base64": a value with wildcards cannot be encoded [modifier-value]

-- case: with-all
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE (
      strpos(a, 'YXR0YWNr') > 0
      OR strpos(a, 'F0dGFja') > 0
      OR strpos(a, 'hdHRhY2') > 0
    )
    AND (
      strpos(a, 'cGxhb') > 0
      OR strpos(a, 'BsYW') > 0
      OR strpos(a, 'wbGFu') > 0
    )
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
