package ruletest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/scratch"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// An Opener opens an engine for files of JSON lines with their layouts.
type Opener func(ctx context.Context, tables map[string]*schema.Layout) (engine.Engine, error)

// SQL is what an engine said.
type SQL struct {
	// Engine is the name of the engine.
	Engine string
	// Events and Rules are how many were compared, Statements how many asked.
	Events, Rules, Statements int
	// Refused are the rules that SQL cannot express for an event of their log source, each once.
	Refused []Refused
}

// A Refused rule was not compared.
type Refused struct {
	Rule   *ruleset.Info
	Reason string
}

// sqlTable is a table with events of one log source: those of the tests of some rules, as many as an engine takes in one statement.
type sqlTable struct {
	schema  *schema.Schema
	path    string
	layout  *schema.Layout
	rules   []int
	records []*record
}

// compareSQL asks an engine which rules match the events of the tests, and fails the tests of events where it says something else than
// the matcher. There is one table and one statement for each log source, or several where tests are about more than
// sqlgen.MaxPacked of its rules.
func (r *runner) compareSQL(ctx context.Context, open Opener) (sql *SQL, err error) {
	folder, err := scratch.NewFolder("test")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Remove()) }()
	tables, err := r.writeTables(folder.Path)
	if err != nil {
		return nil, err
	}
	layouts := map[string]*schema.Layout{}
	for _, t := range tables {
		layouts[t.path] = t.layout
	}
	e, err := open(ctx, layouts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	answers, err := r.askTables(ctx, e, tables)
	if err != nil {
		return nil, err
	}
	sql = &SQL{Engine: e.Info().Name}
	rules, records := map[int]bool{}, map[*record]bool{}
	for i, t := range tables {
		r.compareTable(t, answers[i], sql)
		if len(answers[i].rules) == 0 {
			continue
		}
		for _, rule := range answers[i].rules {
			rules[rule] = true
		}
		for _, rec := range t.records {
			records[rec] = true
		}
	}
	sql.Rules, sql.Events = len(rules), len(records)
	return sql, nil
}

// maxInFlight limits the statements that run at a time, because each needs memory for its plan.
const maxInFlight = 4

// askTables returns the answers about tables, in their order. It asks about several tables at a time: a statement is short and uses
// one processor, and much of its time is planning. The error is that of the context.
func (r *runner) askTables(ctx context.Context, e engine.Engine, tables []*sqlTable) ([]*answer, error) {
	answers := make([]*answer, len(tables))
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(maxInFlight, runtime.GOMAXPROCS(0), len(tables)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(tables) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				answers[i] = r.askTable(ctx, e, tables[i])
			}
		})
	}
	group.Wait()
	return answers, ctx.Err()
}

// writeTables writes a file for each table.
func (r *runner) writeTables(dir string) ([]*sqlTable, error) {
	var tables []*sqlTable
	var schemas []*schema.Schema
	for _, rec := range r.records {
		if !slices.Contains(schemas, rec.schema) {
			schemas = append(schemas, rec.schema)
		}
	}
	for _, s := range schemas {
		tested := slices.DeleteFunc(slices.Clone(r.plan(s).compiled.Rules), func(rule int) bool {
			return !slices.ContainsFunc(r.seen[rule], func(rec *record) bool { return rec.schema == s })
		})
		for rules := range slices.Chunk(tested, sqlgen.MaxPacked) {
			t := &sqlTable{schema: s, layout: s.Records(), rules: rules, path: filepath.Join(dir, "events-"+strconv.Itoa(len(tables))+".ndjson")}
			has := map[*record]bool{}
			for _, rule := range rules {
				for _, rec := range r.seen[rule] {
					if rec.schema == s && !has[rec] {
						has[rec] = true
						t.records = append(t.records, rec)
					}
				}
			}
			if err := t.write(); err != nil {
				return nil, err
			}
			tables = append(tables, t)
		}
	}
	return tables, nil
}

func (t *sqlTable) write() error {
	file, err := os.OpenFile(t.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	var line bytes.Buffer
	for i, rec := range t.records {
		line.Reset()
		fmt.Fprintf(&line, `{"%s":%d,"%s":`, schema.RecordNumber, i, schema.RecordEvent)
		if err := json.Compact(&line, rec.text); err != nil {
			return errors.Join(err, file.Close())
		}
		line.WriteString("}\n")
		if _, err := w.Write(line.Bytes()); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return errors.Join(w.Flush(), file.Close())
}

// An answer is what an engine said about a table.
type answer struct {
	// rules are those that the statement has, matches what each of the table's records matched of them.
	rules   []int
	matches []map[int]bool
	refused []Refused
	// asked reports whether a statement was sent; err is its error, or that of describing the table.
	asked bool
	err   error
}

// askTable asks an engine which rules of a table match which of its events. It changes nothing in the runner.
func (r *runner) askTable(ctx context.Context, e engine.Engine, t *sqlTable) *answer {
	a := &answer{}
	described, err := e.Describe(ctx, t.path)
	if err != nil {
		a.err = err
		return a
	}
	paths := ruleset.NewPaths(t.schema)
	options := sqlgen.Options{Dialect: sqlgen.DialectByName(e.Info().Dialect), Layout: t.layout, Table: described.Name}
	var queries []*ir.Query
	for _, rule := range t.rules {
		q := *r.tested.Rules[rule].BoundQuery(paths)
		q.Rule = strconv.Itoa(rule)
		queries = append(queries, &q)
	}
	packed := sqlgen.Pack(queries, options)
	for i, rule := range t.rules {
		if packed.Statements[i].Select != nil {
			a.rules = append(a.rules, rule)
			continue
		}
		reason := "it cannot be expressed"
		if len(packed.Faults[i]) > 0 {
			reason = packed.Faults[i][0].Message
		}
		a.refused = append(a.refused, Refused{&r.tested.Rules[rule].Info, reason})
	}
	if len(a.rules) == 0 {
		return a
	}
	a.matches = make([]map[int]bool, len(t.records))
	for i := range a.matches {
		a.matches[i] = map[int]bool{}
	}
	a.asked = true
	a.err = ask(ctx, e, options.Dialect.Print(numbered(packed.Select)), func(rule, number int) error {
		if number < 0 || number >= len(a.matches) {
			return fmt.Errorf("%s returned row %d of %d", e.Info().Name, number, len(a.matches))
		}
		a.matches[number][rule] = true
		return nil
	})
	return a
}

// compareTable fails the tests of events that an engine matched otherwise, and adds what was asked to sql.
func (r *runner) compareTable(t *sqlTable, a *answer, sql *SQL) {
	for _, refused := range a.refused {
		if !slices.ContainsFunc(sql.Refused, func(have Refused) bool { return have.Rule == refused.Rule }) {
			sql.Refused = append(sql.Refused, refused)
		}
	}
	if a.asked {
		sql.Statements++
	}
	if a.err != nil {
		t.failed(fmt.Sprintf("%s cannot answer: %v", sql.Engine, a.err))
		return
	}
	for i, rec := range t.records {
		for _, rule := range a.rules {
			if matched := slices.Contains(rec.matched, rule); matched != a.matches[i][rule] {
				rec.differs(r.tested.Rules[rule].Title, sql.Engine, matched)
			}
		}
	}
}

// failed fails the tests of a table that the engine cannot read.
func (t *sqlTable) failed(message string) {
	has := map[*Result]bool{}
	for _, rec := range t.records {
		if !has[rec.owner] {
			has[rec.owner] = true
			rec.owner.Failures = append(rec.owner.Failures, Failure{rec.owner.Span, message})
		}
	}
}

// differs fails the test of a record.
func (rec *record) differs(rule, engine string, matched bool) {
	message := fmt.Sprintf("the SQL of %q in %s matches an event of the test, the rule does not", rule, engine)
	if matched {
		message = fmt.Sprintf("the rule %q matches an event of the test, its SQL in %s does not", rule, engine)
	}
	rec.owner.Failures = append(rec.owner.Failures, Failure{rec.owner.Span, message})
}

// numbered selects the rule and the number of the event of a packed query.
func numbered(packed *sqltree.Select) *sqltree.Select {
	packed.Comments = nil
	return &sqltree.Select{
		Columns: []sqltree.Column{{Of: sqltree.Name{"rule"}}, {Of: sqltree.Name{schema.RecordNumber}}},
		From:    sqltree.Source{Query: packed, As: "matched"},
	}
}

// ask runs a statement that returns rules and numbers of events.
func ask(ctx context.Context, e engine.Engine, text string, row func(rule, number int) error) error {
	query, err := e.Start(ctx, engine.Statement{SQL: text})
	if err != nil {
		return err
	}
	_, err = query.Read(ctx, engine.Result{Row: func(cells []any) error {
		rule, err := strconv.Atoi(fmt.Sprint(cells[0]))
		if err != nil {
			return err
		}
		number, err := strconv.Atoi(fmt.Sprint(cells[1]))
		if err != nil {
			return err
		}
		return row(rule, number)
	}})
	return err
}
