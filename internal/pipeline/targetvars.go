package pipeline

import "strings"

// backendNames are the names that pySigma's back ends put into the variable backend, by target. Templates and conditions of
// users compare with them.
var backendNames = map[string]string{
	"carbonblack": "CarbonBlack backend", "cortexxdr": "CortexXDR backend", "log_scale": "CrowdStrike LogScale backend",
	"lucene": "Elasticsearch Lucene", "eql": "Elasticsearch EQL", "esql": "ES|QL backend", "elastalert": "Elasticsearch Elastalert",
	"kusto": "Kusto backend", "loki": "Grafana Loki", "opensearch_lucene": "OpenSearch Lucene", "open_search_ppl": "OpenSearch PPL Backend",
	"quickwit": "Quickwit backend", "secops": "Google SecOps UDM backend", "splunk": "Splunk SPL & tstats data model queries",
	"splunk_spl2": "Splunk SPL2 queries", "sqlite": "SQLite backend",
}

// TargetVars returns the variables that a target adds to those of the pipelines: backend, output_format and backend_KEY for each
// KEY=VALUE of -O. In the region of a table hyphens become underscores, as its name has them.
func TargetVars(target, format string, options []string) map[string]any {
	name := backendNames[target]
	if name == "" {
		name = target
	}
	vars := map[string]any{"backend": name, "output_format": format}
	for _, option := range options {
		key, value, ok := strings.Cut(option, "=")
		if !ok {
			continue // the target reports it
		}
		if key == "aws_table_region" {
			value = strings.ReplaceAll(value, "-", "_")
		}
		vars["backend_"+key] = value
	}
	return vars
}
