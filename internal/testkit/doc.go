// Package testkit holds what several packages' tests share; only tests import it.
//
//   - The naive evaluator (CompileNaive, Correlations, Hunt) judges the optimised matcher and correlator. It is written
//     from the tables of the meaning alone, shares no code with what it judges, and is slow and plain on purpose: JSON is
//     decoded into a tree, wildcards try every length, windows are found by looking at every pair of events.
//   - Cases loads testdata/case: rules, events, and what must be found, worked out by hand from the same tables.
//   - RandomRule, RandomEvent, RandomCorrelation and RandomStream make input for differential tests; Shrink and its
//     kin make a failure small enough to read.
//   - Shared finds the public test data outside the repository.
package testkit
