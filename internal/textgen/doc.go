// Package textgen writes rules as queries of text languages: Splunk SPL, Lucene, EQL and others.
//
// A back end is data: a Spec read from YAML, with tokens, templates and formats, under data/ for those that are embedded. Where
// tokens do not carry, a spec names strategies, which are Go code in this package (see Strategies). Convert takes a
// textrule.Rule and returns one query for each of its conditions; Correlation takes a correlation and the queries of its
// rules.
//
// By default the bytes are those that sigma-cli 3.1.0 writes with pySigma 1.5.1, and a diagnostic `departure` says what such a
// query does differently from the rule. With Options.Exact a back end writes its own form where the language can say what
// the rule means, and refuses the rule otherwise. A back end never follows the peer in losing a rule without a word, in
// writing a query that does not parse, or in letting a value end its quotes.
package textgen
