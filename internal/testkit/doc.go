// Package testkit has test helpers for several packages; only tests import it.
//
//   - The naive evaluator (CompileNaive, Correlations, Hunt) checks the optimized matcher and correlator. It is written
//     only from the tables in docs/meaning.md, shares no code with the matcher, and is slow and simple on purpose: it
//     decodes JSON into a tree, tries every length for wildcards, and finds windows by comparing every pair of events.
//   - Cases loads testdata/case: rules, events, and the expected findings, derived by hand from the same tables.
//   - RandomRule, RandomEvent, RandomCorrelation and RandomStream generate input for differential tests; Shrink,
//     ShrinkRule and ShrinkEvent reduce a failure to a readable size.
//   - Shared finds the public test data outside the repository.
package testkit
