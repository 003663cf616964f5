// Package testkit holds what several packages' tests share: the naive evaluator that judges the optimised matcher,
// generators of random rules and events, the loader of case archives, and the way to the public test data. Only tests
// import it.
package testkit
