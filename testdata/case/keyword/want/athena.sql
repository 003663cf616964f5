-- case: all
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      flatten(ARRAY[
        ARRAY[id, service, category, kind, "user", host, a, b, c, d, ip, at, x],
        tags,
        transform(
          filter(
            regexp_extract_all("event as JSON", '"(?:[^"\\]|\\.)*+"\s*:?'),
            x -> NOT x LIKE '%:' ESCAPE '\'
          ),
          x -> json_extract_scalar(x, '$')
        )
      ]) AS strings
    FROM (
      SELECT
        *,
        CASE
          WHEN strpos(lower(event), '\ud') > 0 THEN regexp_replace(
            event,
            '(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
            m -> COALESCE(element_at(m, 1), '\ufffd')
          )
          ELSE event
        END AS "event as JSON"
      FROM events
    ) AS events
  ) AS "events (2)"
  WHERE any_match(strings, x -> strpos(lower(x), 'alpha') > 0)
    AND any_match(strings, x -> strpos(lower(x), 'beta') > 0)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: anywhere
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      flatten(ARRAY[
        ARRAY[id, service, category, kind, "user", host, a, b, c, d, ip, at, x],
        tags,
        transform(
          filter(
            regexp_extract_all("event as JSON", '"(?:[^"\\]|\\.)*+"\s*:?'),
            x -> NOT x LIKE '%:' ESCAPE '\'
          ),
          x -> json_extract_scalar(x, '$')
        )
      ]) AS strings
    FROM (
      SELECT
        *,
        CASE
          WHEN strpos(lower(event), '\ud') > 0 THEN regexp_replace(
            event,
            '(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
            m -> COALESCE(element_at(m, 1), '\ufffd')
          )
          ELSE event
        END AS "event as JSON"
      FROM events
    ) AS events
  ) AS "events (2)"
  WHERE any_match(strings, x -> strpos(lower(x), 'needle') > 0 OR strpos(lower(x), 'pin') > 0)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: cased-and-re
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      flatten(ARRAY[
        ARRAY[id, service, category, kind, "user", host, a, b, c, d, ip, at, x],
        tags,
        transform(
          filter(
            regexp_extract_all("event as JSON", '"(?:[^"\\]|\\.)*+"\s*:?'),
            x -> NOT x LIKE '%:' ESCAPE '\'
          ),
          x -> json_extract_scalar(x, '$')
        )
      ]) AS strings
    FROM (
      SELECT
        *,
        CASE
          WHEN strpos(lower(event), '\ud') > 0 THEN regexp_replace(
            event,
            '(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
            m -> COALESCE(element_at(m, 1), '\ufffd')
          )
          ELSE event
        END AS "event as JSON"
      FROM events
    ) AS events
  ) AS "events (2)"
  WHERE any_match(strings, x -> strpos(x, 'Needle') > 0 OR regexp_like(x, '^[0-9]{4}-x\z'))
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: json-as-written
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      flatten(ARRAY[
        ARRAY[id, service, category, kind, "user", host, a, b, c, d, ip, at, x],
        tags,
        transform(
          filter(
            regexp_extract_all("event as JSON", '"(?:[^"\\]|\\.)*+"\s*:?'),
            x -> NOT x LIKE '%:' ESCAPE '\'
          ),
          x -> json_extract_scalar(x, '$')
        )
      ]) AS strings
    FROM (
      SELECT
        *,
        CASE
          WHEN strpos(lower(event), '\ud') > 0 THEN regexp_replace(
            event,
            '(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
            m -> COALESCE(element_at(m, 1), '\ufffd')
          )
          ELSE event
        END AS "event as JSON"
      FROM events
    ) AS events
  ) AS "events (2)"
  WHERE any_match(strings, x -> strpos(lower(x), '"user":"root"') > 0 OR strpos(lower(x), 'tab\there') > 0)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: no-numbers
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      flatten(ARRAY[
        ARRAY[id, service, category, kind, "user", host, a, b, c, d, ip, at, x],
        tags,
        transform(
          filter(
            regexp_extract_all("event as JSON", '"(?:[^"\\]|\\.)*+"\s*:?'),
            x -> NOT x LIKE '%:' ESCAPE '\'
          ),
          x -> json_extract_scalar(x, '$')
        )
      ]) AS strings
    FROM (
      SELECT
        *,
        CASE
          WHEN strpos(lower(event), '\ud') > 0 THEN regexp_replace(
            event,
            '(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
            m -> COALESCE(element_at(m, 1), '\ufffd')
          )
          ELSE event
        END AS "event as JSON"
      FROM events
    ) AS events
  ) AS "events (2)"
  WHERE any_match(strings, x -> strpos(x, '4711') > 0 OR strpos(lower(x), 'true') > 0)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: not-and-mixed
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      flatten(ARRAY[
        ARRAY[id, service, category, kind, "user", host, a, b, c, d, ip, at, x],
        tags,
        transform(
          filter(
            regexp_extract_all("event as JSON", '"(?:[^"\\]|\\.)*+"\s*:?'),
            x -> NOT x LIKE '%:' ESCAPE '\'
          ),
          x -> json_extract_scalar(x, '$')
        )
      ]) AS strings
    FROM (
      SELECT
        *,
        CASE
          WHEN strpos(lower(event), '\ud') > 0 THEN regexp_replace(
            event,
            '(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
            m -> COALESCE(element_at(m, 1), '\ufffd')
          )
          ELSE event
        END AS "event as JSON"
      FROM events
    ) AS events
  ) AS "events (2)"
  WHERE (
      any_match(strings, x -> strpos(lower(x), 'token') > 0)
      OR lower(a) = 'x'
      AND lower(b) = 'y'
    )
    AND NOT COALESCE(any_match(strings, x -> strpos(lower(x), 'secret') > 0), FALSE)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: wildcards
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      flatten(ARRAY[
        ARRAY[id, service, category, kind, "user", host, a, b, c, d, ip, at, x],
        tags,
        transform(
          filter(
            regexp_extract_all("event as JSON", '"(?:[^"\\]|\\.)*+"\s*:?'),
            x -> NOT x LIKE '%:' ESCAPE '\'
          ),
          x -> json_extract_scalar(x, '$')
        )
      ]) AS strings
    FROM (
      SELECT
        *,
        CASE
          WHEN strpos(lower(event), '\ud') > 0 THEN regexp_replace(
            event,
            '(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
            m -> COALESCE(element_at(m, 1), '\ufffd')
          )
          ELSE event
        END AS "event as JSON"
      FROM events
    ) AS events
  ) AS "events (2)"
  WHERE any_match(
      strings,
      x -> lower(x) LIKE '%rm%tmp%' ESCAPE '\' OR lower(x) LIKE '%a_c%' ESCAPE '\' OR strpos(x, '5*') > 0
    )
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
