// Package sqltree has trees of SQL, the printer of their text, and the dialects, which own the spelling.
//
// A Dialect says what engines say differently: quotes, types, casts, the words of functions, lists, JSON and times. Standard
// is a dialect that works, SQL as the standard has it. Every other one overrides it, or another dialect, so that no feature
// is ever nil. What a dialect cannot say is the node Missing: Lacking finds it, and emitters refuse the rule with its
// position.
//
// Every literal goes through quoteText, every identifier through the printer's name; no SQL is put together from strings.
package sqltree
