package pipeline

import "strings"

// Draft returns the text of a first pipeline with a name: commented steps that work as they are.
func Draft(name string) string { return strings.ReplaceAll(draft, "NAME", name) }

const draft = `# Pipeline NAME for egret convert -p NAME.yml. docs/pipelines.md describes every key and kind.
# See what it does to a rule with: egret explain rule.yml --stage pipeline -p NAME.yml
name: NAME

# Pipelines with lower numbers run first. Those of sigma-cli have 10 for log sources and 20 for the fields of a product.
priority: 30

# Targets that the pipeline is for; without this key it is for all.
# allowed_backends: [splunk, athena]

# Values for placeholders such as %admins%, for templates, and for {name} in the state.
vars:
  admins: [alice, bob]

transformations:
# Rename fields. A list of names makes alternatives.
- id: NAME_fields
  type: field_name_mapping
  mapping:
    EventID: event_id
    Image: [process.path, process.name]
  rule_conditions:
  - type: logsource
    product: windows

# Put what is left below a common name.
- id: NAME_prefix
  type: field_name_prefix
  prefix: winlog.
  rule_conditions:
  - type: logsource
    product: windows
  field_name_cond_not: true
  field_name_conditions:
  - type: processing_item_applied
    processing_item_id: NAME_fields

# Add a condition that every rule of the log source needs.
- id: NAME_index
  type: add_condition
  conditions:
    index: windows
  rule_conditions:
  - type: logsource
    product: windows

# Fill placeholders.
- id: NAME_placeholders
  type: value_placeholders

# Name the table of SQL targets.
# - id: NAME_table
#   type: set_state
#   key: table_name
#   val: lake.windows

# Refuse rules with fields that no step knows.
# - id: NAME_strict
#   type: strict_field_mapping_failure

# Change the text of each query.
# postprocessing:
# - type: simple_template
#   template: '{query} | head 100'
`

// DraftTests returns tests for the pipeline that Draft returns. They fail until they are filled in.
func DraftTests(name string) string { return strings.ReplaceAll(draftTests, "NAME", name) }

const draftTests = `# Tests of the pipeline NAME, in the file beside this one. Run them with
#
#   egret test NAME.yml
#
# Each test fails until want is the query that the target needs. target is any text target; sigma writes the changed rule.
tests:
- name: fields get the names of the target
  target: splunk
  rule:
    logsource: {product: windows}
    detection:
      selection: {EventID: 1, Image|endswith: '\cmd.exe', User: alice}
      condition: selection
  want: FILL IN
- name: rules of other log sources stay as they are
  target: splunk
  rule:
    logsource: {product: linux}
    detection:
      selection: {EventID: 1}
      condition: selection
  want: FILL IN
- name: placeholders get their values
  target: splunk
  rule:
    logsource: {product: windows}
    detection:
      selection: {User|expand: '%admins%'}
      condition: selection
  want: FILL IN
`
