package archtest

// Layers is the table. ARCHITECTURE.md shows it to readers; TestArchitectureNamesEveryPackage keeps the two together.
var Layers = []Layer{
	{0, -1, []string{"internal/redact", "internal/scratch", "source", "internal/value"},
		"positions, values and what hides secrets are the ground that everything stands on"},
	{1, 0, []string{"diag", "internal/finding", "internal/evidence"},
		"what egret says about rules and events knows neither"},
	{2, 1, []string{"sigma", "internal/ir", "internal/schema"},
		"the rule tree, the query and the log sources do not know one another"},
	{3, 2, []string{"internal/lower", "internal/pass"},
		"rules become queries here, before anything can run them"},
	{4, 2, []string{"internal/match", "internal/event", "internal/sqlgen"},
		"what runs a query or reads events sees queries and schemas, never rules"},
	{4, 3, []string{"internal/correlate", "internal/ruleset"},
		"rules and queries meet here: loading them, and counting what they match"},
	{4, 2, []string{"internal/rulepack", "internal/config"},
		"rules and settings that come along are data for the layers above"},
	{4, 2, []string{"internal/ddl"},
		"the definition of a table comes from the schemas alone; whoever writes one needs no rules and no network"},
	{4, 0, []string{"internal/hunt/journal"},
		"what a hunt remembers on disk knows neither rules nor engines"},
	{5, 4, []string{"internal/engine"},
		"what a hunt asks of engines knows no driver; each engine is a leaf that alone imports its own"},
	{5, 4, []string{"internal/plan"},
		"a plan for a lake is made of rules and tables alone; it needs no engine and no network"},
	{5, 4, []string{"internal/ddl/s3layout"},
		"a leaf: it alone imports the SDK of AWS"},
	{6, 5, []string{"internal/lake"},
		"running a plan on an engine knows neither matching nor findings to be, and no driver"},
	{6, 5, []string{"internal/engine/duckdb", "internal/engine/trino", "internal/engine/athena", "internal/event/s3"},
		"a leaf: it alone imports its driver"},
	{7, 6, []string{"internal/hunt", "internal/report", "internal/convert"},
		"a hunt puts the parts together and knows no command line"},
	{8, 7, []string{"."},
		"a program that embeds egret gets rules, matching, hunting and SQL, without a command line"},
	{8, 7, []string{"internal/cli"},
		"the command line is the only place that knows everything"},
	{9, 8, []string{"cmd/egret"},
		"main does nothing but call the command line"},
	{10, 9, []string{"internal/testkit", "internal/testkit/sqltest"},
		"test helpers may use everything, and only tests use them"},
	{10, -1, []string{"internal/archtest", "internal/incident"},
		"tools stand beside egret and need none of it"},
	{11, 10, []string{"internal/testkit/sqlsuite", "internal/testkit/enginesuite", "internal/athenatest"},
		"the tests of an engine, and what stands in for Athena, are helpers over helpers"},
	{11, 10, []string{"cmd/egret-dev"},
		"the chores of maintainers are not released"},
}

// Allowed are the exceptions from the table.
var Allowed = []Edge{
	{"internal/ruleset", "internal/match", "one call leads from rule files to a matcher; the set is compiled where it is known"},
}

// Forbidden are edges that the heights alone would allow.
var Forbidden = []Edge{
	{".", "internal/engine/...", "a program that embeds egret gets no driver"},
	{".", "internal/event/s3", "a program that embeds egret gets no network"},
	{".", "internal/ddl/s3layout", "a program that embeds egret gets no network"},
}
