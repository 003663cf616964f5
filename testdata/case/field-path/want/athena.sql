-- case: dotted-key-without-value
refused: rule.yml:6:9: field "a.b.c" has no home in golden [unmapped-field]

-- case: dotted-key
refused: rule.yml:6:9: field "a.b.c" has no home in golden [unmapped-field]

-- case: empty-key
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      transform(
        flatten(transform(
          reduce(
            sequence(1, 4),
            ARRAY[json_extract(event, '$')],
            (s, i) -> flatten(transform(
              s,
              j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
            )),
            s -> s
          ),
          j2 -> COALESCE(
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$[".a"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j4 -> IF(json_array_length(j4) IS NULL, ARRAY[j4], CAST(j4 AS array(json)))
                  )),
                  s -> s
                ),
                j3 -> COALESCE(json_extract_scalar(j3, '$'), NULLIF(json_format(j3), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            reduce(
              sequence(1, 4),
              transform(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$[""]')],
                  (s, i) -> flatten(transform(
                    s,
                    j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                  )),
                  s -> s
                ),
                j7 -> json_extract(j7, '$["a"]')
              ),
              (s, i) -> flatten(transform(
                s,
                j8 -> IF(json_array_length(j8) IS NULL, ARRAY[j8], CAST(j8 AS array(json)))
              )),
              s -> s
            )
          )
        )),
        j9 -> COALESCE(json_extract_scalar(j9, '$'), NULLIF(json_format(j9), 'null'))
      ) AS ".a",
      transform(
        flatten(transform(
          reduce(
            sequence(1, 4),
            ARRAY[json_extract(event, '$')],
            (s, i) -> flatten(transform(
              s,
              j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
            )),
            s -> s
          ),
          j2 -> COALESCE(
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$["o."]')],
                  (s, i) -> flatten(transform(
                    s,
                    j4 -> IF(json_array_length(j4) IS NULL, ARRAY[j4], CAST(j4 AS array(json)))
                  )),
                  s -> s
                ),
                j3 -> COALESCE(json_extract_scalar(j3, '$'), NULLIF(json_format(j3), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            reduce(
              sequence(1, 4),
              transform(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$["o"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                  )),
                  s -> s
                ),
                j7 -> json_extract(j7, '$[""]')
              ),
              (s, i) -> flatten(transform(
                s,
                j8 -> IF(json_array_length(j8) IS NULL, ARRAY[j8], CAST(j8 AS array(json)))
              )),
              s -> s
            )
          )
        )),
        j9 -> COALESCE(json_extract_scalar(j9, '$'), NULLIF(json_format(j9), 'null'))
      ) AS "o.",
      transform(
        flatten(transform(
          reduce(
            sequence(1, 4),
            ARRAY[json_extract(event, '$')],
            (s, i) -> flatten(transform(
              s,
              j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
            )),
            s -> s
          ),
          j2 -> COALESCE(
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$["o..k"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j4 -> IF(json_array_length(j4) IS NULL, ARRAY[j4], CAST(j4 AS array(json)))
                  )),
                  s -> s
                ),
                j3 -> COALESCE(json_extract_scalar(j3, '$'), NULLIF(json_format(j3), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  transform(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j2, '$["o."]')],
                      (s, i) -> flatten(transform(
                        s,
                        j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                      )),
                      s -> s
                    ),
                    j7 -> json_extract(j7, '$["k"]')
                  ),
                  (s, i) -> flatten(transform(
                    s,
                    j8 -> IF(json_array_length(j8) IS NULL, ARRAY[j8], CAST(j8 AS array(json)))
                  )),
                  s -> s
                ),
                j5 -> COALESCE(json_extract_scalar(j5, '$'), NULLIF(json_format(j5), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            flatten(transform(
              reduce(
                sequence(1, 4),
                ARRAY[json_extract(j2, '$["o"]')],
                (s, i) -> flatten(transform(
                  s,
                  j0_ -> IF(json_array_length(j0_) IS NULL, ARRAY[j0_], CAST(j0_ AS array(json)))
                )),
                s -> s
              ),
              j1_ -> COALESCE(
                NULLIF(
                  filter(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j1_, '$[".k"]')],
                      (s, i) -> flatten(transform(
                        s,
                        j3_ -> IF(json_array_length(j3_) IS NULL, ARRAY[j3_], CAST(j3_ AS array(json)))
                      )),
                      s -> s
                    ),
                    j2_ -> COALESCE(
                      json_extract_scalar(j2_, '$'),
                      NULLIF(json_format(j2_), 'null')
                    ) IS NOT NULL
                  ),
                  ARRAY[]
                ),
                reduce(
                  sequence(1, 4),
                  transform(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j1_, '$[""]')],
                      (s, i) -> flatten(transform(
                        s,
                        j5_ -> IF(json_array_length(j5_) IS NULL, ARRAY[j5_], CAST(j5_ AS array(json)))
                      )),
                      s -> s
                    ),
                    j6_ -> json_extract(j6_, '$["k"]')
                  ),
                  (s, i) -> flatten(transform(
                    s,
                    j7_ -> IF(json_array_length(j7_) IS NULL, ARRAY[j7_], CAST(j7_ AS array(json)))
                  )),
                  s -> s
                )
              )
            ))
          )
        )),
        j8_ -> COALESCE(json_extract_scalar(j8_, '$'), NULLIF(json_format(j8_), 'null'))
      ) AS "o..k",
      transform(
        flatten(transform(
          reduce(
            sequence(1, 4),
            ARRAY[json_extract(event, '$')],
            (s, i) -> flatten(transform(
              s,
              j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
            )),
            s -> s
          ),
          j2 -> COALESCE(
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$["o.p."]')],
                  (s, i) -> flatten(transform(
                    s,
                    j4 -> IF(json_array_length(j4) IS NULL, ARRAY[j4], CAST(j4 AS array(json)))
                  )),
                  s -> s
                ),
                j3 -> COALESCE(json_extract_scalar(j3, '$'), NULLIF(json_format(j3), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  transform(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j2, '$["o.p"]')],
                      (s, i) -> flatten(transform(
                        s,
                        j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                      )),
                      s -> s
                    ),
                    j7 -> json_extract(j7, '$[""]')
                  ),
                  (s, i) -> flatten(transform(
                    s,
                    j8 -> IF(json_array_length(j8) IS NULL, ARRAY[j8], CAST(j8 AS array(json)))
                  )),
                  s -> s
                ),
                j5 -> COALESCE(json_extract_scalar(j5, '$'), NULLIF(json_format(j5), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            flatten(transform(
              reduce(
                sequence(1, 4),
                ARRAY[json_extract(j2, '$["o"]')],
                (s, i) -> flatten(transform(
                  s,
                  j0_ -> IF(json_array_length(j0_) IS NULL, ARRAY[j0_], CAST(j0_ AS array(json)))
                )),
                s -> s
              ),
              j1_ -> COALESCE(
                NULLIF(
                  filter(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j1_, '$["p."]')],
                      (s, i) -> flatten(transform(
                        s,
                        j3_ -> IF(json_array_length(j3_) IS NULL, ARRAY[j3_], CAST(j3_ AS array(json)))
                      )),
                      s -> s
                    ),
                    j2_ -> COALESCE(
                      json_extract_scalar(j2_, '$'),
                      NULLIF(json_format(j2_), 'null')
                    ) IS NOT NULL
                  ),
                  ARRAY[]
                ),
                reduce(
                  sequence(1, 4),
                  transform(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j1_, '$["p"]')],
                      (s, i) -> flatten(transform(
                        s,
                        j5_ -> IF(json_array_length(j5_) IS NULL, ARRAY[j5_], CAST(j5_ AS array(json)))
                      )),
                      s -> s
                    ),
                    j6_ -> json_extract(j6_, '$[""]')
                  ),
                  (s, i) -> flatten(transform(
                    s,
                    j7_ -> IF(json_array_length(j7_) IS NULL, ARRAY[j7_], CAST(j7_ AS array(json)))
                  )),
                  s -> s
                )
              )
            ))
          )
        )),
        j8_ -> COALESCE(json_extract_scalar(j8_, '$'), NULLIF(json_format(j8_), 'null'))
      ) AS "o.p.",
      transform(
        flatten(transform(
          reduce(
            sequence(1, 4),
            ARRAY[json_extract(event, '$')],
            (s, i) -> flatten(transform(
              s,
              j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
            )),
            s -> s
          ),
          j2 -> COALESCE(
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$["doc.k."]')],
                  (s, i) -> flatten(transform(
                    s,
                    j4 -> IF(json_array_length(j4) IS NULL, ARRAY[j4], CAST(j4 AS array(json)))
                  )),
                  s -> s
                ),
                j3 -> COALESCE(json_extract_scalar(j3, '$'), NULLIF(json_format(j3), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  transform(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j2, '$["doc.k"]')],
                      (s, i) -> flatten(transform(
                        s,
                        j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                      )),
                      s -> s
                    ),
                    j7 -> json_extract(j7, '$[""]')
                  ),
                  (s, i) -> flatten(transform(
                    s,
                    j8 -> IF(json_array_length(j8) IS NULL, ARRAY[j8], CAST(j8 AS array(json)))
                  )),
                  s -> s
                ),
                j5 -> COALESCE(json_extract_scalar(j5, '$'), NULLIF(json_format(j5), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            flatten(transform(
              reduce(
                sequence(1, 4),
                ARRAY[json_extract(j2, '$["doc"]')],
                (s, i) -> flatten(transform(
                  s,
                  j0_ -> IF(json_array_length(j0_) IS NULL, ARRAY[j0_], CAST(j0_ AS array(json)))
                )),
                s -> s
              ),
              j1_ -> COALESCE(
                NULLIF(
                  filter(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j1_, '$["k."]')],
                      (s, i) -> flatten(transform(
                        s,
                        j3_ -> IF(json_array_length(j3_) IS NULL, ARRAY[j3_], CAST(j3_ AS array(json)))
                      )),
                      s -> s
                    ),
                    j2_ -> COALESCE(
                      json_extract_scalar(j2_, '$'),
                      NULLIF(json_format(j2_), 'null')
                    ) IS NOT NULL
                  ),
                  ARRAY[]
                ),
                reduce(
                  sequence(1, 4),
                  transform(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j1_, '$["k"]')],
                      (s, i) -> flatten(transform(
                        s,
                        j5_ -> IF(json_array_length(j5_) IS NULL, ARRAY[j5_], CAST(j5_ AS array(json)))
                      )),
                      s -> s
                    ),
                    j6_ -> json_extract(j6_, '$[""]')
                  ),
                  (s, i) -> flatten(transform(
                    s,
                    j7_ -> IF(json_array_length(j7_) IS NULL, ARRAY[j7_], CAST(j7_ AS array(json)))
                  )),
                  s -> s
                )
              )
            ))
          )
        )),
        j8_ -> COALESCE(json_extract_scalar(j8_, '$'), NULLIF(json_format(j8_), 'null'))
      ) AS "doc.k."
    FROM events
  ) AS events
  WHERE any_match(".a", x -> lower(x) = 'lead')
    OR any_match("o.", x -> lower(x) = 'trail')
    OR any_match("o..k", x -> lower(x) = 'middle')
    OR any_match("o.p.", x -> lower(x) = 'deep')
    OR any_match("doc.k.", x -> lower(x) = 'embedded')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: json-text
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      transform(
        flatten(transform(
          reduce(
            sequence(1, 4),
            ARRAY[json_extract(event, '$')],
            (s, i) -> flatten(transform(
              s,
              j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
            )),
            s -> s
          ),
          j2 -> COALESCE(
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$["doc.user.name"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j4 -> IF(json_array_length(j4) IS NULL, ARRAY[j4], CAST(j4 AS array(json)))
                  )),
                  s -> s
                ),
                j3 -> COALESCE(json_extract_scalar(j3, '$'), NULLIF(json_format(j3), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  transform(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j2, '$["doc.user"]')],
                      (s, i) -> flatten(transform(
                        s,
                        j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                      )),
                      s -> s
                    ),
                    j7 -> json_extract(j7, '$["name"]')
                  ),
                  (s, i) -> flatten(transform(
                    s,
                    j8 -> IF(json_array_length(j8) IS NULL, ARRAY[j8], CAST(j8 AS array(json)))
                  )),
                  s -> s
                ),
                j5 -> COALESCE(json_extract_scalar(j5, '$'), NULLIF(json_format(j5), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            flatten(transform(
              reduce(
                sequence(1, 4),
                ARRAY[json_extract(j2, '$["doc"]')],
                (s, i) -> flatten(transform(
                  s,
                  j0_ -> IF(json_array_length(j0_) IS NULL, ARRAY[j0_], CAST(j0_ AS array(json)))
                )),
                s -> s
              ),
              j1_ -> COALESCE(
                NULLIF(
                  filter(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j1_, '$["user.name"]')],
                      (s, i) -> flatten(transform(
                        s,
                        j3_ -> IF(json_array_length(j3_) IS NULL, ARRAY[j3_], CAST(j3_ AS array(json)))
                      )),
                      s -> s
                    ),
                    j2_ -> COALESCE(
                      json_extract_scalar(j2_, '$'),
                      NULLIF(json_format(j2_), 'null')
                    ) IS NOT NULL
                  ),
                  ARRAY[]
                ),
                reduce(
                  sequence(1, 4),
                  transform(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j1_, '$["user"]')],
                      (s, i) -> flatten(transform(
                        s,
                        j5_ -> IF(json_array_length(j5_) IS NULL, ARRAY[j5_], CAST(j5_ AS array(json)))
                      )),
                      s -> s
                    ),
                    j6_ -> json_extract(j6_, '$["name"]')
                  ),
                  (s, i) -> flatten(transform(
                    s,
                    j7_ -> IF(json_array_length(j7_) IS NULL, ARRAY[j7_], CAST(j7_ AS array(json)))
                  )),
                  s -> s
                )
              )
            ))
          )
        )),
        j8_ -> COALESCE(json_extract_scalar(j8_, '$'), NULLIF(json_format(j8_), 'null'))
      ) AS "doc.user.name"
    FROM events
  ) AS events
  WHERE any_match("doc.user.name", x -> lower(x) = 'alice')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: nested
refused: rule.yml:6:9: field "a.b.c" has no home in golden [unmapped-field]

-- case: repeated-key
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM events
  WHERE lower(a) = 'x'
    OR b IS NULL
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: unknown-json-text
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      transform(
        flatten(transform(
          reduce(
            sequence(1, 4),
            ARRAY[json_extract(event, '$')],
            (s, i) -> flatten(transform(
              s,
              j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
            )),
            s -> s
          ),
          j2 -> COALESCE(
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$["note.user"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j4 -> IF(json_array_length(j4) IS NULL, ARRAY[j4], CAST(j4 AS array(json)))
                  )),
                  s -> s
                ),
                j3 -> COALESCE(json_extract_scalar(j3, '$'), NULLIF(json_format(j3), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            reduce(
              sequence(1, 4),
              transform(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$["note"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                  )),
                  s -> s
                ),
                j7 -> json_extract(j7, '$["user"]')
              ),
              (s, i) -> flatten(transform(
                s,
                j8 -> IF(json_array_length(j8) IS NULL, ARRAY[j8], CAST(j8 AS array(json)))
              )),
              s -> s
            )
          )
        )),
        j9 -> COALESCE(json_extract_scalar(j9, '$'), NULLIF(json_format(j9), 'null'))
      ) AS "note.user"
    FROM events
  ) AS events
  WHERE any_match("note.user", x -> lower(x) = 'alice')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''

-- case: url-encoded-json
SELECT id, "time", service, category, kind, "user", host, a, b, c, d, ip, at, x, n, tags, event
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY id, "time") AS copy
  FROM (
    SELECT
      *,
      transform(
        flatten(transform(
          reduce(
            sequence(1, 4),
            ARRAY[json_extract("event with marked numbers", '$')],
            (s, i) -> flatten(transform(
              s,
              j1 -> IF(json_array_length(j1) IS NULL, ARRAY[j1], CAST(j1 AS array(json)))
            )),
            s -> s
          ),
          j2 -> COALESCE(
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  ARRAY[json_extract(j2, '$["urldoc.Statement.Action"]')],
                  (s, i) -> flatten(transform(
                    s,
                    j4 -> IF(json_array_length(j4) IS NULL, ARRAY[j4], CAST(j4 AS array(json)))
                  )),
                  s -> s
                ),
                j3 -> COALESCE(json_extract_scalar(j3, '$'), NULLIF(json_format(j3), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            NULLIF(
              filter(
                reduce(
                  sequence(1, 4),
                  transform(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j2, '$["urldoc.Statement"]')],
                      (s, i) -> flatten(transform(
                        s,
                        j6 -> IF(json_array_length(j6) IS NULL, ARRAY[j6], CAST(j6 AS array(json)))
                      )),
                      s -> s
                    ),
                    j7 -> json_extract(j7, '$["Action"]')
                  ),
                  (s, i) -> flatten(transform(
                    s,
                    j8 -> IF(json_array_length(j8) IS NULL, ARRAY[j8], CAST(j8 AS array(json)))
                  )),
                  s -> s
                ),
                j5 -> COALESCE(json_extract_scalar(j5, '$'), NULLIF(json_format(j5), 'null')) IS NOT NULL
              ),
              ARRAY[]
            ),
            flatten(transform(
              reduce(
                sequence(1, 4),
                ARRAY[json_extract(j2, '$["urldoc"]')],
                (s, i) -> flatten(transform(
                  s,
                  j0_ -> IF(json_array_length(j0_) IS NULL, ARRAY[j0_], CAST(j0_ AS array(json)))
                )),
                s -> s
              ),
              j1_ -> COALESCE(
                NULLIF(
                  filter(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j1_, '$["Statement.Action"]')],
                      (s, i) -> flatten(transform(
                        s,
                        j3_ -> IF(json_array_length(j3_) IS NULL, ARRAY[j3_], CAST(j3_ AS array(json)))
                      )),
                      s -> s
                    ),
                    j2_ -> COALESCE(
                      json_extract_scalar(j2_, '$'),
                      NULLIF(json_format(j2_), 'null')
                    ) IS NOT NULL
                  ),
                  ARRAY[]
                ),
                reduce(
                  sequence(1, 4),
                  transform(
                    reduce(
                      sequence(1, 4),
                      ARRAY[json_extract(j1_, '$["Statement"]')],
                      (s, i) -> flatten(transform(
                        s,
                        j5_ -> IF(json_array_length(j5_) IS NULL, ARRAY[j5_], CAST(j5_ AS array(json)))
                      )),
                      s -> s
                    ),
                    j6_ -> json_extract(j6_, '$["Action"]')
                  ),
                  (s, i) -> flatten(transform(
                    s,
                    j7_ -> IF(json_array_length(j7_) IS NULL, ARRAY[j7_], CAST(j7_ AS array(json)))
                  )),
                  s -> s
                )
              )
            ))
          )
        )),
        j8_ -> CASE
          WHEN substr(json_format(j8_), 1, 1) IN ('{', '[') THEN regexp_replace(
            regexp_replace(
              regexp_replace(
                COALESCE(json_extract_scalar(j8_, '$'), NULLIF(json_format(j8_), 'null')),
                '([:,\[])"\\u0001N([^"\\]*)"',
                '$1$2'
              ),
              '([:,\[{])"\\u0001S',
              '$1"\\u0001'
            ),
            '(\\[^u])|\\u(D[89AB][0-9A-F]{2})\\u(D[C-F][0-9A-F]{2})',
            m -> COALESCE(
              element_at(m, 1),
              chr((from_base(element_at(m, 2), 16) - 55296) * 1024 + (from_base(element_at(m, 3), 16) + 9216))
            )
          )
          ELSE element_at(
            transform(
              ARRAY[COALESCE(json_extract_scalar(j8_, '$'), NULLIF(json_format(j8_), 'null'))],
              u -> CASE
                WHEN starts_with(u, chr(1) || 'N') THEN substr(u, 3)
                WHEN starts_with(u, chr(1) || 'S') THEN chr(1) || substr(u, 3)
                ELSE u
              END
            ),
            1
          )
        END
      ) AS "urldoc.Statement.Action as written"
    FROM (
      SELECT
        *,
        regexp_replace(
          CASE
            WHEN strpos(lower(event), '\ud') > 0 THEN regexp_replace(
              event,
              '(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])|\\u[dD][89a-fA-F][0-9a-fA-F]{2}',
              m -> COALESCE(element_at(m, 1), '\ufffd')
            )
            ELSE event
          END,
          '("(?:[^"\\]|\\.)*+")|(-?[0-9][0-9.eE+-]*)',
          m -> CASE
            WHEN element_at(m, 1) IS NULL THEN '"\u0001N' || element_at(m, 2) || '"'
            WHEN starts_with(element_at(m, 1), '"\u0001') THEN '"\u0001S' || substr(element_at(m, 1), 8)
            ELSE element_at(m, 1)
          END
        ) AS "event with marked numbers"
      FROM events
    ) AS events
  ) AS "events (2)"
  WHERE any_match("urldoc.Statement.Action as written", x -> lower(x) LIKE 'iam:%+' ESCAPE '\')
) AS matched
WHERE copy = 1
  OR COALESCE(id, '') = ''
