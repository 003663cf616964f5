package newcli

// The first versions of rules. TITLE, ID1, ID2 and DATE are replaced.

const ruleText = `title: TITLE
id: ID1
status: experimental
description: FILL IN what it finds, and why that matters
# references:
#     - https://example.com/report
# author: FILL IN
date: DATE
# tags:
#     - attack.persistence     # a tactic
#     - attack.t1098           # a technique
logsource:                     # egret list layouts names the log sources
    product: aws
    service: cloudtrail
detection:
    selection:                 # all of these; a list of values is any of them
        eventName: FILL IN
        # userIdentity.type: Root
        # requestParameters.name|contains: 'x'
    # filter:
    #     userIdentity.type: AWSService
    condition: selection       # selection and not filter
falsepositives:
    - FILL IN
level: medium                  # informational, low, medium, high, critical
`

const ruleTest = `# Tests of the rule beside this file; egret's docs/guide/test.md describes them. The first one fails until the rule and the event
# are filled in.
tests:
  - name: what the rule is for
    event: {eventVersion: '1.08', eventSource: iam.amazonaws.com, eventName: PutAnEventHere, eventTime: '2026-01-01T00:00:00Z', eventID: 'a1'}
    match: true
  - name: a similar event that is fine
    event: {eventVersion: '1.08', eventSource: iam.amazonaws.com, eventName: ListUsers, eventTime: '2026-01-01T00:00:00Z', eventID: 'a2'}
    match: false
`

const correlationText = `title: TITLE
id: ID1
status: experimental
description: FILL IN what it finds, and why that matters
date: DATE
correlation:
    type: event_count          # value_count, temporal, temporal_ordered, …: egret's docs/correlation.md
    rules:
        - ID2
    group-by:
        - userIdentity.arn
    timespan: 10m
    condition:
        gte: 3
level: medium
---
title: TITLE - single event
id: ID2
status: experimental
description: An event that the correlation counts
date: DATE
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventName: FILL IN
    condition: selection
level: informational
`

const correlationTest = `# Tests of the correlation; egret's docs/guide/test.md describes them. The first one fails until the rule and the events are filled in.
events:
  try: {eventVersion: '1.08', eventSource: iam.amazonaws.com, eventName: PutAnEventHere, eventTime: '2026-01-01T00:00:00Z', eventID: 'a', userIdentity: {arn: 'arn:aws:iam::111122223333:user/ops'}}
tests:
  - name: three events within ten minutes
    rule: ID1
    events: [{repeat: 3, every: 60s, event: try}]
    findings: [{events: 3}]
  - name: two events
    rule: ID1
    events: [{repeat: 2, every: 60s, event: try}]
    findings: []
`

const filterText = `title: TITLE
id: ID1
status: experimental
description: FILL IN whose events are taken away, and why they are harmless
date: DATE
logsource:
    product: aws
    service: cloudtrail
filter:
    rules:                     # ids or names of rules, or any
        - ID2
    selection:
        userIdentity.userName: FILL IN
    condition: not selection
---
# An example of a rule that the filter narrows, for its test. Remove it when the filter names rules of your own.
title: TITLE - example rule
id: ID2
status: experimental
description: An example of a rule
date: DATE
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventName: CreateUser
    condition: selection
level: informational
`

const filterTest = `# Tests of the filter; egret's docs/guide/test.md describes them. The first one fails until the filter and the event are filled in.
tests:
  - name: what the filter takes away
    event: {eventVersion: '1.08', eventSource: iam.amazonaws.com, eventName: CreateUser, eventTime: '2026-01-01T00:00:00Z', eventID: 'a1', userIdentity: {userName: ops-admin}}
    match: false
  - name: what the rule still finds
    event: {eventVersion: '1.08', eventSource: iam.amazonaws.com, eventName: CreateUser, eventTime: '2026-01-01T00:00:00Z', eventID: 'a2', userIdentity: {userName: other}}
    match: true
`
