// Package sqlgen turns queries into SQL that returns exactly the events that the native engine finds.
//
// The input is a query of package ir, the layout of a table and a dialect; the output is an SQL tree and its text. A query that
// cannot be expressed exactly in the dialect or for the table is refused, with the position in the rule and the reason; it is
// never approximated. The text is deterministic: the same input gives the same bytes.
//
// SQL has three truth values, rules have two. A predicate may be NULL only where false is meant: And, Or and WHERE treat NULL like
// false, and each Not uses COALESCE(…, FALSE). This is the invariant of all code in this package.
package sqlgen
