-- case: iso-week
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      transform(
        reduce(
          sequence(1, 4),
          transform(
            reduce(
              sequence(1, 4),
              ARRAY[json_extract(event, '$')],
              (s, i) -> flatten(transform(
                s,
                j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
              )),
              s -> s
            ),
            j2 -> json_extract(j2, '$["on"]')
          ),
          (s, i) -> flatten(transform(
            s,
            j3 -> IF(json_array_length(j3) IS NULL, ARRAY[j3], CAST(j3 AS array(json)))
          )),
          s -> s
        ),
        j4 -> COALESCE(json_extract_scalar(j4, '$'), NULLIF(json_format(j4), 'null'))
      ) AS "on"
    FROM events
  ) AS events
  WHERE week(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 53
    OR any_match(
      "on",
      x -> week(CASE
        WHEN regexp_like(
          x,
          '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
        ) THEN CASE
          WHEN regexp_like(
            replace(upper(regexp_replace(x, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$'
          ) THEN date_add(
            'minute',
            CASE
              WHEN substr(replace(upper(regexp_replace(x, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
              ELSE 1
            END * (
              TRY_CAST(substr(
                replace(upper(regexp_replace(x, '\.[0-9]+', '')), ':60', ':59'),
                -5,
                2
              ) AS integer) * 60
                + TRY_CAST(substr(
                  replace(upper(regexp_replace(x, '\.[0-9]+', '')), ':60', ':59'),
                  -2,
                  2
                ) AS integer)
            ),
            TRY(from_iso8601_timestamp(regexp_replace(
              replace(upper(regexp_replace(x, '\.[0-9]+', '')), ':60', ':59'),
              '[+-][0-9]{2}:[0-9]{2}$',
              'Z'
            )))
          )
          ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(x, '\.[0-9]+', '')), ':60', ':59')))
        END
      END AT TIME ZONE 'UTC') = 1
    )
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: leap-second
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE minute(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 59
    AND hour(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 23
    AND day(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 31
    AND month(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 12
    AND year(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 2016
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: list-and-neq
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      transform(
        reduce(
          sequence(1, 4),
          transform(
            reduce(
              sequence(1, 4),
              ARRAY[json_extract(event, '$')],
              (s, i) -> flatten(transform(
                s,
                j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
              )),
              s -> s
            ),
            j2 -> json_extract(j2, '$["on"]')
          ),
          (s, i) -> flatten(transform(
            s,
            j3 -> IF(json_array_length(j3) IS NULL, ARRAY[j3], CAST(j3 AS array(json)))
          )),
          s -> s
        ),
        j4 -> COALESCE(json_extract_scalar(j4, '$'), NULLIF(json_format(j4), 'null'))
      ) AS "on"
    FROM events
  ) AS events
  WHERE (
      hour(CASE
        WHEN regexp_like(
          at,
          '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
        ) THEN CASE
          WHEN regexp_like(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$'
          ) THEN date_add(
            'minute',
            CASE
              WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
              ELSE 1
            END * (
              TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -5,
                2
              ) AS integer) * 60
                + TRY_CAST(substr(
                  replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                  -2,
                  2
                ) AS integer)
            ),
            TRY(from_iso8601_timestamp(regexp_replace(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              '[+-][0-9]{2}:[0-9]{2}$',
              'Z'
            )))
          )
          ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
        END
      END AT TIME ZONE 'UTC') = 22
      OR hour(CASE
        WHEN regexp_like(
          at,
          '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
        ) THEN CASE
          WHEN regexp_like(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$'
          ) THEN date_add(
            'minute',
            CASE
              WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
              ELSE 1
            END * (
              TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -5,
                2
              ) AS integer) * 60
                + TRY_CAST(substr(
                  replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                  -2,
                  2
                ) AS integer)
            ),
            TRY(from_iso8601_timestamp(regexp_replace(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              '[+-][0-9]{2}:[0-9]{2}$',
              'Z'
            )))
          )
          ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
        END
      END AT TIME ZONE 'UTC') = 23
      OR hour(CASE
        WHEN regexp_like(
          at,
          '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
        ) THEN CASE
          WHEN regexp_like(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$'
          ) THEN date_add(
            'minute',
            CASE
              WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
              ELSE 1
            END * (
              TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -5,
                2
              ) AS integer) * 60
                + TRY_CAST(substr(
                  replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                  -2,
                  2
                ) AS integer)
            ),
            TRY(from_iso8601_timestamp(regexp_replace(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              '[+-][0-9]{2}:[0-9]{2}$',
              'Z'
            )))
          )
          ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
        END
      END AT TIME ZONE 'UTC') = 0
    )
    AND NOT COALESCE(
      any_match(
        "on",
        x -> hour(CASE
          WHEN regexp_like(
            x,
            '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
          ) THEN CASE
            WHEN regexp_like(
              replace(upper(regexp_replace(x, '\.[0-9]+', '')), ':60', ':59'),
              '[+-][0-9]{2}:[0-9]{2}$'
            ) THEN date_add(
              'minute',
              CASE
                WHEN substr(replace(upper(regexp_replace(x, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
                ELSE 1
              END * (
                TRY_CAST(substr(
                  replace(upper(regexp_replace(x, '\.[0-9]+', '')), ':60', ':59'),
                  -5,
                  2
                ) AS integer) * 60
                  + TRY_CAST(substr(
                    replace(upper(regexp_replace(x, '\.[0-9]+', '')), ':60', ':59'),
                    -2,
                    2
                  ) AS integer)
              ),
              TRY(from_iso8601_timestamp(regexp_replace(
                replace(upper(regexp_replace(x, '\.[0-9]+', '')), ':60', ':59'),
                '[+-][0-9]{2}:[0-9]{2}$',
                'Z'
              )))
            )
            ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(x, '\.[0-9]+', '')), ':60', ':59')))
          END
        END AT TIME ZONE 'UTC') = 12
      ),
      FALSE
    )
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: other-values
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE hour(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 3
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
  WHERE minute(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 5
    AND hour(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 3
    AND day(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 9
    AND month(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 2
    AND year(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 2024
    AND week(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 6
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: year-edge
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE year(CASE
      WHEN regexp_like(
        at,
        '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
      ) THEN CASE
        WHEN regexp_like(
          replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
          '[+-][0-9]{2}:[0-9]{2}$'
        ) THEN date_add(
          'minute',
          CASE
            WHEN substr(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'), -6, 1) = '+' THEN -1
            ELSE 1
          END * (
            TRY_CAST(substr(
              replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
              -5,
              2
            ) AS integer) * 60
              + TRY_CAST(substr(
                replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
                -2,
                2
              ) AS integer)
          ),
          TRY(from_iso8601_timestamp(regexp_replace(
            replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59'),
            '[+-][0-9]{2}:[0-9]{2}$',
            'Z'
          )))
        )
        ELSE TRY(from_iso8601_timestamp(replace(upper(regexp_replace(at, '\.[0-9]+', '')), ':60', ':59')))
      END
    END AT TIME ZONE 'UTC') = 2025
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
