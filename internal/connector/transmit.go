package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/egret-hunt/egret/internal/backoff"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/pyprint"
)

// A Session answers the calls of transmit.
type Session struct {
	Connection *Connection
	Calls      Calls
	// Now is the clock, for the progress of queries.
	Now func() time.Time
	// CleanUp deletes the files of a result once its last page was read.
	CleanUp bool
	// Warn gets what does not belong to an answer, such as files that could not be deleted; nil for nobody.
	Warn func(text string)
}

// dummy marks the id of a query of a service without tables.
const dummy = "-dummy"

// Ping asks whether Athena can be used.
func (s *Session) Ping(ctx context.Context) Answer {
	if err := s.Calls.ListWorkGroups(ctx); err != nil {
		return Refuse(err)
	}
	return succeed()
}

// IsAsync says that queries run on after they were started.
func IsAsync() Answer { return Answer{true} }

// Query starts a query that Translate gave: an object with the service and its text.
func (s *Session) Query(ctx context.Context, text string) Answer {
	v, err := decode(text)
	if err != nil {
		return Refuse(faultf(codeUnknown, "%s", pythonSyntax(text, err)))
	}
	return s.start(ctx, v)
}

// pythonSyntax says where text is no JSON, as Python does.
func pythonSyntax(text string, err error) string {
	at := 0
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = min(max(int(syntax.Offset)-1, 0), len(text))
	}
	before := text[:at]
	line := strings.LastIndexByte(before, '\n') + 1
	return fmt.Sprintf("Expecting value: line %d column %d (char %d)", strings.Count(before, "\n")+1, utf8.RuneCountInString(before[line:])+1, utf8.RuneCountInString(before))
}

func (s *Session) start(ctx context.Context, v any) Answer {
	d, ok := v.(*pyprint.Dict)
	if !ok || d.Len() == 0 {
		return Refuse(faultf(codeUnknown, "the query is no object with a service and its condition"))
	}
	service, _ := d.Entries()[0].Key.(string)
	condition, ok := d.Entries()[0].Value.(string)
	if !slices.Contains(Services, service) {
		return Refuse(faultf(codeParameter, "%s", pyprint.QuoteString(service)))
	}
	if !ok {
		return Refuse(faultf(codeUnknown, "the condition of %s is no text", service))
	}
	database, table, err := s.Connection.table(service)
	if err != nil {
		return Refuse(err)
	}
	if table == "" {
		return succeed("search_id", uuid.NewString()+dummy+":"+service)
	}
	var columns []string
	if service == "ocsf" {
		var types map[string]string
		if columns, types, err = s.columns(ctx, database, table); err != nil {
			return Refuse(err)
		}
		condition = unguarded(condition, types, func(path string) { s.warn("table " + table + " has no " + path + ": its objects are left out") })
	}
	id, err := s.Calls.Start(ctx, statement(database, table, columns, condition), s.Connection.output)
	if err != nil {
		return Refuse(err)
	}
	return succeed("search_id", id+":"+service)
}

// unnest is a mark in conditions for a list whose elements they name.
var unnest = lazyre.New(`##(UNNEST.*?)##`)

// statement returns the statement for a condition. Columns are those that become JSON, nil for all as they are.
func statement(database, table string, columns []string, condition string) string {
	from := quoted(database) + "." + quoted(table)
	joins := ""
	for _, found := range unnest.FindAllStringSubmatch(condition, -1) {
		if join := " LEFT JOIN " + found[1] + " ON TRUE"; !strings.Contains(joins, join) {
			joins += join
		}
	}
	condition = unnest.ReplaceAllString(condition, "")
	selected := from + ".*"
	if columns != nil {
		list := make([]string, len(columns))
		for i, c := range columns {
			list[i] = "CAST(" + from + "." + quoted(c) + " AS JSON) AS " + quoted(c)
		}
		selected = strings.Join(list, ", ")
	}
	begin := "SELECT " + selected + " FROM " + from + joins + " WHERE "
	// The other connector joins the conditions of several observations by set operators.
	if rest, ok := strings.CutPrefix(condition, "(("); ok && setOperator.MatchString(condition) {
		return "((" + begin + setOperator.ReplaceAllString(rest, "$1 ("+strings.ReplaceAll(begin, "$", "$$"))
	}
	return begin + strings.ReplaceAll(condition, tableMark, from)
}

// setOperator is a set operator before a condition.
var setOperator = lazyre.New(`\b(UNION|INTERSECT) \(`)

// tableMark stands for the table in conditions of Translate that look into it again.
var tableMark = quoted(tableName)

// quoted returns a name of SQL in quotes.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// literal returns a text as a literal of SQL.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

const (
	// polls is how often the state of the query for columns is asked, and pause how long between two calls.
	polls = 20
	pause = 500 * time.Millisecond
)

// columns returns the names of the columns of a table in their order, and their types.
func (s *Session) columns(ctx context.Context, database, table string) (names []string, types map[string]string, err error) {
	sql := "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = " + literal(table) + " AND table_schema = " + literal(database)
	id, err := s.Calls.Start(ctx, sql, s.Connection.output)
	if err != nil {
		return nil, nil, err
	}
	x := Execution{State: "RUNNING"}
	for range polls {
		if x, err = s.Calls.Execution(ctx, id); err != nil {
			return nil, nil, err
		}
		if x.State != "RUNNING" && x.State != "QUEUED" {
			break
		}
		if err := backoff.Sleep(ctx, pause); err != nil {
			return nil, nil, err
		}
	}
	if x.State != "SUCCEEDED" {
		return nil, nil, faultf(codeParameter, "Error in getting Athena table column list")
	}
	types = map[string]string{}
	for token, first := "", true; ; first = false {
		rows, next, err := s.Calls.Results(ctx, id, token, pageRows)
		if err != nil {
			return nil, nil, err
		}
		if first && len(rows) > 0 {
			rows = rows[1:]
		}
		for _, row := range rows {
			if len(row) > 0 && row[0] != nil {
				names = append(names, *row[0])
				if len(row) > 1 && row[1] != nil {
					types[*row[0]] = *row[1]
				}
			}
		}
		if token = next; token == "" {
			break
		}
	}
	s.cleanUp(ctx, x.Output)
	if len(names) == 0 {
		return nil, nil, faultf(codeParameter, "No Athena table with name %s", table)
	}
	return names, types, nil
}

// cleanUp deletes the files of a result if that is wanted. What cannot be deleted is no reason to lose rows.
func (s *Session) cleanUp(ctx context.Context, output string) {
	if !s.CleanUp || output == "" {
		return
	}
	if err := s.Calls.DeleteResult(ctx, output); err != nil {
		s.warn("the result " + output + " was not deleted: " + faultOf(err).Message)
	}
}

// warn passes what does not belong to an answer.
func (s *Session) warn(text string) {
	if s.Warn != nil {
		s.Warn(text)
	}
}

// states maps Athena's states.
var states = map[string]string{"QUEUED": "RUNNING", "RUNNING": "RUNNING", "SUCCEEDED": "COMPLETED", "FAILED": "ERROR", "CANCELLED": "CANCELED"}

// Status says how far a query is. Progress of a running query is the seconds since it was submitted, at most 99.
func (s *Session) Status(ctx context.Context, search string) Answer {
	id, _, _ := strings.Cut(search, ":")
	if strings.Contains(id, dummy) {
		return succeed("status", "COMPLETED", "progress", 100)
	}
	x, err := s.Calls.Execution(ctx, id)
	if err != nil {
		return Refuse(err)
	}
	state, ok := states[x.State]
	if !ok {
		state = "RUNNING"
	}
	progress := int64(0)
	switch {
	case state == "COMPLETED":
		progress = 100
	case state == "RUNNING" && !x.Submitted.IsZero():
		progress = min(max(int64(s.Now().Sub(x.Submitted)/time.Second), 0), 99)
	}
	pairs := []any{"status", state}
	if x.Reason != "" {
		pairs = append(pairs, "message", x.Reason)
	}
	return succeed(append(pairs, "progress", progress)...)
}

// Delete stops a query.
func (s *Session) Delete(ctx context.Context, search string) Answer {
	id, _, _ := strings.Cut(search, ":")
	if !strings.Contains(id, dummy) {
		if err := s.Calls.Stop(ctx, id); err != nil {
			return Refuse(err)
		}
	}
	return succeed()
}
