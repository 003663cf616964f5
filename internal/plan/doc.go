// Package plan says what a lake is asked so that the rules of a set can be decided at the price of few scans. It is pure:
// rules, the profile of a table and options in, statements out; it runs nothing and knows no engine.
//
// # Statements
//
// A lake bills what it reads, and reads the table once for each statement, so that a plan has at most three:
//
//   - Rows: one WHERE that holds for every event that any rule of it matches. What comes back is turned into events again
//     (Rebuilder) and decided by the native matcher. Most rules give their cheap superset (pass.Superset): the union of all
//     of them is one list of values of the action, beside a few values of other fields. Rules without such a superset, and
//     those whose actions are known to be common, give a predicate of their own instead, as many as engines compile in one
//     expression: their own one, relaxed to what engines compute at next to no cost (see below).
//   - Hits: for correlations that count something broad. The statement relaxes their base rules and keeps, in SQL, only the
//     events near which enough others of their group may lie for the correlation's lower bound. What comes back is thin: the
//     id, the time and what the base rule and the correlation of a row ask for. Deciding and correlating is done natively,
//     with the same code as for files, so that bursts are the same. It is for tables that have the id of events.
//   - Lookup: events by id, whole, for the findings of Hits: a finding shows its first event. Made once these are known.
//
// A fourth is asked for only where the user wants to see what else somebody did: Context, the events of principals around
// findings.
//
// # Why no JSON is read
//
// Logs keep their parameters as JSON text, and walking it is what SQL engines do worst: a path of a rule in exact SQL is a
// kilobyte of expressions, computed for every row before the WHERE is looked at. Planning the text of eighty such rules took
// Trino longer than running it. So a statement asks columns only (pass.Relax): a predicate over a value inside JSON text
// becomes a search for its literal, or for a key of its path, in the text as it is stored, and everything else that costs
// much becomes true. The text comes back as it is, and the native matcher, which parses gigabytes a minute, decides.
//
// A literal is searched for as far as JSON has no other way to write it than \u, which is searched for too. Exact
// predicates stand only in Rows, only for rules that would let all events of a common action or a service through, and
// only over the rows that the relaxed predicates of all rules let through.
//
// # Several tables
//
// BuildAll plans for all tables of a lake at once. A correlation whose rules see several of them gets the events of all as
// rows. What a correlation asks of the findings of another one that it counts goes with the events of that one, in Rows and
// in Hits, except what these findings answer by themselves, since they are grouped by it.
//
// # Slices
//
// A statement is run slice by slice, so that what was done is not lost and budgets have places to stop at. See
// Statement.Slices for how late delivery is dealt with.
//
// # Why no statistics are asked for first
//
// Which rules are broad depends on the log: on one trail half of all events are PutObject, on another none is. A count of
// events by name would tell. But it costs a scan of its own wherever the log is kept as text, as CloudTrail is kept by
// default, and a third of what a plan may cost at all; and it would be asked before every hunt. So the shape of the rules
// decides: a rule that names no action is broad; and what a correlation wants many of is common, for all rules that name it,
// since nobody counts to fifty what is rare. This needs no scan, errs to the side of sending a predicate too many, and
// gives the same plan for every slice. Where counts are known at little cost, from slices that were hunted before or from a
// table in columns, of which a count reads one, Options.Common takes them, and rules of common actions are sent with
// predicates of their own too.
//
// # Columns
//
// A rule can be decided natively only if each of its fields can be had from the row. Columns of text and numbers are
// selected by themselves, members of structs one by one, under the path that the field has in the log; columns of JSON
// text as they are; arrays and maps as JSON text. So every cell is a plain value or JSON text whatever the engine, and
// nothing is read that no rule, correlation or report asks for: besides the fields of the rules these are time, id, account,
// region, principal, session, address, action, service, error, agent, host and the hints of the schema. A rule with
// keywords asks for all columns.
//
// Tables of Hive and Athena know names in lower case only, and matching is exact about keys. The log's own names come from
// what the schema lists, for itself and for its other tables, and then from the rules, the name that most of them use.
package plan
