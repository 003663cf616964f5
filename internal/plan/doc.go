// Package plan decides which statements a hunt runs on a lake, so that few scans suffice for all rules of a set. Its functions
// are pure: they take rules, the layout of a table and options and return statements. It runs nothing and knows no engine.
//
// # Statements
//
// A lake bills the data that it reads, and reads the table once for each statement. Usually a plan has at most three:
//
//   - Rows: one WHERE that matches every event that any of its rules matches. Rebuilder converts the rows to events, which
//     the native matcher evaluates. Most rules contribute a cheap superset (pass.Superset): the union of all supersets is
//     one list of values of the action and a few values of other fields. Rules without such a superset, and rules for
//     common actions, contribute their predicate instead, relaxed to cheap operations (see below), as many as engines
//     compile in one expression.
//   - Counts: for correlations that count frequent events. The statement relaxes their base rules and selects in SQL only the
//     events near which the group may have enough events for the correlation's lower bound. Rows contain only the id, the
//     time and the columns that the base rule and the correlation need, and at both ends of a run of events also those that
//     reports need. Matching and correlating is done natively, with
//     the same code as for files, so that bursts are the same. Counts needs a table with event ids.
//   - Lookup: complete events by id, for first events of findings that Counts did not return completely. It is built when these
//     findings are known.
//
// For a small table, Both combines Rows and Counts and reads the table once.
//
// A fourth kind, Context, returns nearby events of the same principals. It runs only if the user requests them.
//
// # Why statements avoid reading JSON
//
// Logs contain parameters as JSON text, which SQL engines read slowly: a single path of a rule in exact SQL is a kilobyte of
// expressions, computed for every row before the WHERE. For eighty such rules, Trino needed longer for planning than for
// running. So statements use only columns (pass.Relax): a predicate over a value inside of JSON text becomes a search for its
// literal, or for a key of its path, in the stored text, and other expensive predicates become true. The statement returns
// the text, and the native matcher, which parses gigabytes a minute, evaluates the rule.
//
// The search uses the part of a literal that JSON can only write literally or with \u, and it also searches for \u. Exact
// predicates are only in Rows, only for rules whose relaxed predicate would match all events of a common action or a service,
// and only on the rows that match the relaxed predicates of all rules.
//
// # Several tables
//
// BuildAll plans all tables of a lake together. If the rules of a correlation have events in several tables, all its events are
// returned as rows. If a correlation counts another one and reads fields from its findings, the rows contain these fields,
// except for the group fields of the counted correlation, whose values its findings have.
//
// # Chunks
//
// A statement runs chunk by chunk, so that completed work is kept and budgets can stop between chunks. See Statement.Chunks
// for the handling of late records.
//
// # Why plans do not use statistics
//
// Which rules match many events depends on the log: on one trail half of all events are PutObject, on another none is. A count
// of events by action would show it. But for logs stored as text, such as CloudTrail by default, such a count is a complete
// scan, a third of what a plan may cost, before every hunt. So the plan uses the form of the rules: a rule that names no action
// is assumed to match many events, and an action that a correlation counts to a high bound is assumed to be common, since
// authors count to fifty only what is frequent. This needs no scan, at worst adds unnecessary predicates, and results in the
// same plan for every chunk. If counts are cheap, from earlier chunks or from a columnar table, Options.Common takes the common
// actions, and their rules get predicates as well.
//
// # Columns
//
// The native matcher needs all fields of a rule in the row. Statements select columns of text and numbers and members of
// structs separately, named by the field's path in the log; columns of JSON text unchanged; and arrays and maps as JSON text.
// So every cell is a plain value or JSON text for all engines. Statements read only columns that a rule, correlation or report
// needs. Reports need time, id, account, region, principal, session, address, action, service, error, agent, host, the summary
// fields of the schema, and what its facts need of the calls that the rules name. A rule with keywords needs all columns.
//
// Tables of Hive and Athena have names in lower case only, but matching is case-sensitive. The plan takes the log's names from
// the schema and its other layouts, and then from the rules, where the most frequent spelling counts.
package plan
