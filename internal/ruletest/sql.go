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
	"slices"
	"strconv"

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
	sql = &SQL{Engine: e.Info().Name}
	compared := &comparison{rules: map[int]bool{}, records: map[*record]bool{}}
	for _, t := range tables {
		err := r.compareTable(ctx, e, t, sql, compared)
		if err != nil && ctx.Err() != nil {
			return nil, err
		}
		if err != nil {
			t.failed(fmt.Sprintf("%s cannot answer: %v", sql.Engine, err))
		}
	}
	sql.Rules, sql.Events = len(compared.rules), len(compared.records)
	return sql, nil
}

// comparison is what was compared so far.
type comparison struct {
	rules   map[int]bool
	records map[*record]bool
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

// compareTable compares what the rules of a table match in its events.
func (r *runner) compareTable(ctx context.Context, e engine.Engine, t *sqlTable, sql *SQL, compared *comparison) error {
	described, err := e.Describe(ctx, t.path)
	if err != nil {
		return err
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
	var answered []int
	for i, rule := range t.rules {
		if packed.Statements[i].Select != nil {
			answered = append(answered, rule)
			compared.rules[rule] = true
			continue
		}
		reason := "it cannot be expressed"
		if len(packed.Faults[i]) > 0 {
			reason = packed.Faults[i][0].Message
		}
		info := &r.tested.Rules[rule].Info
		if !slices.ContainsFunc(sql.Refused, func(have Refused) bool { return have.Rule == info }) {
			sql.Refused = append(sql.Refused, Refused{info, reason})
		}
	}
	if len(answered) == 0 {
		return nil
	}
	found := make([]map[int]bool, len(t.records))
	for i, rec := range t.records {
		found[i] = map[int]bool{}
		compared.records[rec] = true
	}
	sql.Statements++
	err = ask(ctx, e, options.Dialect.Print(numbered(packed.Select)), func(rule, number int) error {
		if number < 0 || number >= len(found) {
			return fmt.Errorf("%s returned row %d of %d", sql.Engine, number, len(found))
		}
		found[number][rule] = true
		return nil
	})
	if err != nil {
		return err
	}
	for i, rec := range t.records {
		for _, rule := range answered {
			if matched := slices.Contains(rec.matched, rule); matched != found[i][rule] {
				rec.differs(r.tested.Rules[rule].Title, sql.Engine, matched)
			}
		}
	}
	return nil
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
