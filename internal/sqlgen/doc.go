// Package sqlgen turns queries into SQL that returns exactly the events that the native engine finds.
//
// In goes a query of package ir, the profile of a table and a dialect; out comes an SQL tree, and its text. What a
// dialect or a table cannot say exactly is refused with the place in the rule and the reason; nothing is ever said
// approximately. Text is deterministic: the same input gives the same bytes.
//
// SQL has three truth values and the meaning of rules two. Predicates are written so that NULL only ever stands where
// false is meant: And, Or and WHERE then decide as if it were false, and each Not takes COALESCE(…, FALSE). This is the
// one invariant of every emitter here.
//
// Every literal goes through quoteText, every identifier through the printer's name; no SQL is put together from strings.
package sqlgen
