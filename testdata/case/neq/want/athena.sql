-- case: array
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE NOT COALESCE(lower(a) = 'x', FALSE)
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: fieldref
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE NOT COALESCE(lower(a) = lower(b), FALSE)
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
  WHERE NOT COALESCE(
      lower(a) = 'x'
      OR regexp_like(a, '\A(?:0\.0*)?50*(?:\.0+)?(?:[eE][+-]?0*[0-9]{1,12})?\z')
      AND TRY_CAST(a AS double) = 5
      OR starts_with(lower(a), 'z'),
      FALSE
    )
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: missing-is-true
-- statement: as in array

-- case: null
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE a IS NOT NULL
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: other-modifiers
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE NOT COALESCE(strpos(lower(a), 'bad') > 0, FALSE)
    AND NOT COALESCE(
      strpos(lower(b), 'x') > 0
      AND strpos(lower(b), 'y') > 0,
      FALSE
    )
    AND NOT COALESCE(
      TRY_CAST(element_at(
        transform(
          ARRAY[CASE
            WHEN regexp_like(c, '^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$') THEN CASE
              WHEN regexp_like(c, '[eE]') THEN CASE WHEN starts_with(c, '-') THEN '-' ELSE '' END
                || substr(
                  '0000000000000000000000000000000000000000000000000000000000000'
                    || COALESCE(regexp_extract(c, '^-?([0-9]+)', 1), '')
                    || COALESCE(regexp_extract(c, '\.([0-9]+)', 1), '')
                    || '0000000000000000000000000000000000000000000000000000000000000'
                    || '0000000000000000000000000000000000000000000000000000000000000',
                  1,
                  greatest(
                    0,
                    least(
                      120,
                      length(COALESCE(regexp_extract(c, '^-?([0-9]+)', 1), ''))
                        + COALESCE(
                          TRY_CAST(regexp_extract(c, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                          CASE WHEN regexp_like(c, '[eE]-') THEN -60 ELSE 60 END
                        )
                        + 60
                    )
                  )
                    + 1
                )
                || '.'
                || substr(
                  '0000000000000000000000000000000000000000000000000000000000000'
                    || COALESCE(regexp_extract(c, '^-?([0-9]+)', 1), '')
                    || COALESCE(regexp_extract(c, '\.([0-9]+)', 1), '')
                    || '0000000000000000000000000000000000000000000000000000000000000'
                    || '0000000000000000000000000000000000000000000000000000000000000',
                  greatest(
                    0,
                    least(
                      120,
                      length(COALESCE(regexp_extract(c, '^-?([0-9]+)', 1), ''))
                        + COALESCE(
                          TRY_CAST(regexp_extract(c, '[eE]\+?(-?[0-9]+)$', 1) AS bigint),
                          CASE WHEN regexp_like(c, '[eE]-') THEN -60 ELSE 60 END
                        )
                        + 60
                    )
                  )
                    + 2
                )
              ELSE c
            END
          END],
          n -> CASE
            WHEN regexp_like(n, '^-?0*[1-9][0-9]{19}') THEN CASE WHEN starts_with(n, '-') THEN '-' ELSE '' END
              || '99999999999999999999'
            WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}[0-9]*[1-9]') THEN regexp_extract(
              n,
              '^-?[0-9]+\.[0-9]{17}',
              0
            )
              || '1'
            WHEN regexp_like(n, '^-?[0-9]+\.[0-9]{17}') THEN regexp_extract(n, '^-?[0-9]+\.[0-9]{17}', 0)
            ELSE n
          END
        ),
        1
      ) AS decimal(38, 18)) > CAST('5' AS decimal(38, 18)),
      FALSE
    )
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
