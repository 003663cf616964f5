package mcp

// addTools registers all tools.
func (s *Server) addTools() {
	add(s, "hunt", "Hunt", "Run the Sigma rules of the server over its logs or its lake. Tells who did what, what still stands and what to do now, with the findings.", s.hunt)
	add(s, "search", "Search events", "Show the events of a principal, a key, an address, a call, a resource, or with a text. Values of one kind are alternatives; all kinds must hold. The wildcards * and ? are taken.", s.search)
	add(s, "summary", "Summarize principals", "Tell what each principal did: calls, errors, addresses, agents, sessions, and what it made.", s.summary)
	add(s, "lake_plan", "Plan a hunt in the lake", "Show what a hunt in the lake would ask, how much it would read and what that costs, without running it.", s.plan)
	add(s, "list_rules", "List rules", "List the rules of the server, all or those with some words.", s.listRules)
	add(s, "explain", "Explain a rule", "Show what a Sigma rule means, stage by stage, and with events which of its predicates hold.", s.explain)
	add(s, "convert", "Convert rules", "Write Sigma rules as queries for another system. A rule that cannot be written exactly is refused, or says how its query differs.", s.convert)
	add(s, "check", "Check rules", "Check Sigma rules: whether they can be read, follow the specification, and find what they mean.", s.check)
	add(s, "coverage", "Coverage of ATT&CK", "Show which techniques of MITRE ATT&CK the rules of the server cover, and which not.", s.coverage)
}

// Tools are the names of the tools, in the order in which they are registered.
var Tools = []string{"hunt", "search", "summary", "lake_plan", "list_rules", "explain", "convert", "check", "coverage"}
