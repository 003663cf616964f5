// Package sqlregex writes regular expressions for SQL engines: those of rules, and those for wildcard patterns and
// networks. Its input is a node of package ir or a network. Its output is an expression in a flavor that matches
// exactly the texts that the native engine matches, or the reason why there is none.
package sqlregex
