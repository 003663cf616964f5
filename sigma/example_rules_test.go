package sigma

// The examples use every field of the specification at least once.

const exampleRule = `title: Trail stopped
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
name: trail_stopped
related:
    - id: 08fbc97d-0a2f-491c-ae21-8ffcfd3174e9
      type: derived
    - type: similar
      id: 53ba33fd-3a50-4468-a5ef-c583635cfa92
taxonomy: sigma
status: stable
description: |
    First line
    second line
license: DRL-1.1
references:
    - https://example.com/a
    - 'https://example.com/b?c=d#e'
author: first author, second author
date: 2024-02-29
modified: 2025-08-02
logsource:
    product: AWS
    service: cloudtrail
    category: audit
    definition: 'needs: management events'
    region: any
detection:
    selection:
        eventSource: cloudtrail.amazonaws.com
        eventName|cased:
            - StopLogging
            - 'Delete*'
        count|gte: 1.5
        ok: true
        errorCode: null
        empty: ''
        hex: 0x17
    keywords:
        - word
        - 4625
    "any of both":
        - a: 1
        - some text
        - b|re|i: '^x$'
          c: d
    filter_one:
        '|all':
            - x
            - 'it''s'
    condition:
        - selection and not 1 of filter_*
        - keywords or (selection and keywords)
fields:
    - eventName
falsepositives:
    - Administrators
level: medium
tags:
    - attack.t1562.008
    - attack.defense-evasion
scope:
    - server
simulation:
    - type: test
      n: 3
      float: 1.50
      big: 18446744073709551615
      off: false
      none: ~
      list: [[], {}, [1, [2]]]
custom: yes
`

const exampleCorrelation = `title: Many failed logins
id: 0e95725d-7320-415d-80f7-004da920fc12
name: many_failed
correlation:
    type: value_percentile
    rules:
        - failed_login
        - 5638f7c0-ac70-491d-8465-2a65075e0d86
    group-by:
        - user
        - address
    timespan: 90m
    aliases:
        user:
            failed_login: userName
            5638f7c0-ac70-491d-8465-2a65075e0d86: name
    condition:
        field: bytes
        gt: 100
        lte: 200.5
        percentile: 99.5
    generate: true
    note: kept
falsepositives:
    - Unlikely
level: high
`

const exampleFilter = `title: Administrators
logsource:
    product: windows
filter:
    rules:
        - 6f3e2987-db24-4c78-a860-b4f4095a7095
        - login_on_jump_host
    selection:
        User|startswith: 'adm_'
    condition: not selection
`
