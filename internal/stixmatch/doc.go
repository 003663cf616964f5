// Package stixmatch evaluates STIX patterns on observed data, as STIX 2.1, section 9, defines them. It returns
// the observations that take part in a match.
//
// It searches for bindings one by one, so it is meant for some thousand observations and as a reference for faster ways. docs/stix.md
// says what a pattern means where the specification leaves it open.
package stixmatch
