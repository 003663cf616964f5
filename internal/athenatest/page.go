package athenatest

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// maxPage is the maximum number of rows in an answer of GetQueryResults.
const maxPage = 1000

func (s *Server) getQueryResults(in *request, _ *Call) (any, *Refusal) {
	limit := maxPage
	if in.MaxResults != nil {
		if limit = *in.MaxResults; limit < 1 {
			return nil, violated("maxResults", "Member must have value greater than or equal to 1")
		}
		if limit > maxPage {
			return nil, invalid("MaxResults is more than maximum allowed length 1000.")
		}
	}
	s.mu.Lock()
	q, refusal := s.find(in.QueryExecutionID)
	if refusal == nil {
		state := s.peek(q)
		s.settle(q, state)
		refusal = notReadable(state)
	}
	s.mu.Unlock()
	if refusal != nil {
		return nil, refusal
	}
	from, ok := position(in.NextToken, q.id, q.result.lines())
	if !ok {
		return nil, invalid("Malformed nextToken")
	}
	to := min(from+limit, q.result.lines())
	lines, err := q.result.read(from, to)
	if err != nil {
		return nil, Internal()
	}
	type datum struct {
		VarCharValue *string `json:",omitempty"`
	}
	type row struct{ Data []datum }
	rows := []row{}
	for _, cells := range lines {
		data := []datum{}
		for _, cell := range cells {
			data = append(data, datum{cell})
		}
		rows = append(rows, row{data})
	}
	columns := []any{}
	for _, c := range q.result.columns {
		columns = append(columns, columnInfo(c))
	}
	out := map[string]any{"UpdateCount": 0, "ResultSet": map[string]any{
		"Rows": rows, "ResultSetMetadata": map[string]any{"ColumnInfo": columns}}}
	if to < q.result.lines() {
		out["NextToken"] = token(q.id, to)
	}
	return out, nil
}

// notReadable returns why a query in a state has no rows, or nil if it has.
func notReadable(state string) *Refusal {
	switch state {
	case succeeded:
		return nil
	case cancelled:
		return InvalidRequest("RESULT_NOT_FOUND", "Could not find results")
	case failedState:
		return InvalidRequest("INVALID_QUERY_EXECUTION_STATE", "Query did not finish successfully. Final query state: "+state)
	default:
		return InvalidRequest("INVALID_QUERY_EXECUTION_STATE", "Query has not yet finished. Current state: "+state)
	}
}

// token returns the token for the next page of a list.
func token(list string, next int) string {
	return base64.StdEncoding.EncodeToString([]byte(list + " " + strconv.Itoa(next)))
}

// position decodes a token of the same list; "" is its beginning.
func position(text, list string, length int) (int, bool) {
	if text == "" {
		return 0, true
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	name, number, found := strings.Cut(string(raw), " ")
	next, bad := strconv.Atoi(number)
	return next, err == nil && bad == nil && found && name == list && next >= 0 && next <= length
}

// precisions are those that Athena reports for types, whatever the column.
var precisions = map[string]int{"varchar": 2147483647, "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "double": 17, "float": 17, "timestamp": 3}

// columnInfo describes a column of a result.
func columnInfo(c Column) map[string]any {
	name := strings.ToLower(c.Type)
	if name == "" {
		name = "varchar"
	}
	name, _, _ = strings.Cut(name, "(")
	return map[string]any{"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": c.Name, "Label": c.Name, "Type": strings.TrimSpace(name),
		"Precision": precisions[name], "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": slices.Contains([]string{"varchar", "char"}, name)}
}
