package hunt

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// statementRows is a source with the rows of some statements, without an engine.
type statementRows struct {
	failing
	statements []rowsOfStatement
	in         *tableInput
}

type rowsOfStatement struct {
	batch lake.Batch
	rows  []string
}

func (s *statementRows) begin(h *hunt) input {
	s.in = &tableInput{hunt: h, unnamed: map[evidence.EventKey]int{}}
	for _, w := range h.workers {
		s.in.workers = append(s.in.workers, s.in.newWorker(w))
	}
	return s
}

func (s *statementRows) read(context.Context) error {
	w := s.in.workers[0]
	for i := range s.statements {
		b := &s.statements[i].batch
		w.file = w.fileOf(b.Table)
		for _, text := range s.statements[i].rows {
			if err := w.row(b, &lake.Row{Text: []byte(text), Complete: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *statementRows) account(r *Result) error {
	for _, w := range s.in.workers {
		r.Ledger.Records.In += w.rows
		r.Ledger.Records.Failed.Merge(w.failed)
	}
	return nil
}

// TestRowsAreMatchedByRulesOfTheirStatement checks that only the rules of its statement are evaluated on a row, that
// copies count once, that the time range is half-open, and that the ledger counts each row.
func TestRowsAreMatchedByRulesOfTheirStatement(t *testing.T) {
	const rules = `title: Deletion
id: 00000000-0000-4000-8000-000000000001
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: DeleteUser}
  condition: selection
---
title: Not from a console
id: 00000000-0000-4000-8000-000000000002
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: DeleteUser}
  console: {userAgent: console}
  condition: selection and not console
`
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"r.yml": {Data: []byte(rules)}}}}, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	from, to := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)
	row := func(id string, at time.Time) string {
		return fmt.Sprintf(`{"eventID":%q,"eventTime":%q,"eventSource":"iam.amazonaws.com","eventName":"DeleteUser","awsRegion":"eu-west-1"}`,
			id, at.Format(time.RFC3339Nano))
	}
	batch := func(salt uint16, decided ...bool) lake.Batch {
		return lake.Batch{Table: "t", Schema: schema.ByName("cloudtrail"), Rules: decided, Salt: salt}
	}
	source := &statementRows{statements: []rowsOfStatement{
		// This statement does not select userAgent, so the second rule would match all its rows.
		{batch(1, true, false), []string{row("before", from.Add(-1)), row("first", from), row("first", from), row("last", to.Add(-1)), row("end", to), "{"}},
		{batch(2, false, true), []string{row("first", from)}},
	}}
	result, err := Run(t.Context(), Options{Set: set, Source: source, From: from, To: to, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	var got []string
	if _, err := result.Each(t.Context(), 0, nil, func(f *finding.Finding) error {
		got = append(got, f.Rule.Title+": "+f.EventIDs[0])
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if want := []string{"Deletion: first", "Deletion: last", "Not from a console: first"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	r := &result.Ledger.Records
	if r.In != 7 || r.Evaluated != 3 || r.Duplicate != 1 || r.OutOfRange != 2 || r.Failed.Total != 1 {
		t.Errorf("got %d in, %d evaluated, %d duplicate, %d out of range, %d failed, want 7, 3, 1, 2, 1",
			r.In, r.Evaluated, r.Duplicate, r.OutOfRange, r.Failed.Total)
	}
}
