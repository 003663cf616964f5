// Package pipeline reads processing pipelines in the YAML format of pySigma and applies them to Sigma rules.
//
// A pipeline is a list of steps. Each step has a transformation and conditions that say for which rules, detection items
// and fields it runs. Load reads a pipeline and reports faults with their positions. A Chain is a sequence of pipelines
// that are applied together. Chain.Rule and Chain.Correlation change a parsed rule in place, before it is lowered, and
// return a Result: the state, the custom attributes and the query expressions that query languages need besides the rule.
// After conversion, Result.Query changes the text of the rule's query, and Chain.Finalize joins the queries of all rules.
//
// A step that cannot be applied to a rule is a diagnostic with the position in the pipeline; the rule is then refused. The
// package reads no file but those in the folder of a pipeline (Options.Folder), and uses no network. Sizes, depths and
// counts are bounded by the constants in limits.go.
//
// The meaning of the kinds follows pySigma (SigmaHQ/pySigma, sigma/processing, read in version 1.5.1 and 2.0.1); docs/pipelines.md
// lists them and the differences.
package pipeline
