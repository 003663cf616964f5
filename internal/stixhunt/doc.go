// Package stixhunt makes rules of STIX patterns and indicators, so that a hunt runs them beside Sigma rules.
//
// It reads patterns, bundles and lists of patterns, and returns rules in the form of package ruleset. A pattern of one pair of brackets
// becomes a rule for each log source whose mapping (package stixmap) can answer it. The query of such a rule is a superset, which the
// matcher's index, the planner and the engines of lakes work with; a Decision compares the observation of each event that the
// query matches, with package stixmatch. Indicators that compare properties with exact values or networks, which are most, share
// one query for each log source and one table of values, however many there are.
//
// A pattern of several observations becomes a correlation of type ir.Bindings over one such rule for each pair of brackets and log
// source.
package stixhunt
