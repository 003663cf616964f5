package athena

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/egret-hunt/egret/internal/engine"
)

const (
	// firstPage is how many rows are fetched together with the columns. Small results are complete with them; for
	// large ones S3 returns them a second time.
	firstPage = 200
	// nextPage is the maximum number of rows that Athena returns.
	nextPage = 1000
)

// sink passes a result on and counts its rows.
type sink struct {
	ctx    context.Context
	result engine.Result
	query  string
	width  int
	begun  bool
	rows   int64
}

func (s *sink) begin(columns []engine.Column) error {
	if s.begun {
		return nil
	}
	s.begun, s.width = true, len(columns)
	if s.result.Columns == nil {
		return nil
	}
	return s.result.Columns(columns)
}

func (s *sink) row(cells []any) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if len(cells) != s.width {
		return &engine.Error{Kind: engine.Other, Engine: name, Query: s.query, Err: fmt.Errorf("row %d of the result has %d cells for %d columns", s.rows+1, len(cells), s.width)}
	}
	s.rows++
	return s.result.Row(cells)
}

// Read waits for the end of the query and passes its rows on.
func (q *query) Read(ctx context.Context, result engine.Result) (engine.Stats, error) {
	s := &sink{ctx: ctx, result: result, query: q.id}
	x, err := q.wait(ctx)
	if x == nil {
		return engine.Stats{ScannedBytes: -1}, err
	}
	stats := statsOf(x)
	if err == nil && stateOf(x) != engine.Succeeded {
		err = q.engine.failed(x)
	}
	if err == nil {
		err = q.deliver(x, s)
	}
	stats.Rows = s.rows
	return stats, err
}

// deliver reads the rows from the best source.
func (q *query) deliver(x *types.QueryExecution, s *sink) error {
	location := q.location(x)
	first, err := q.page(s.ctx, nil, firstPage)
	if engine.KindOf(err) == engine.Denied && location != "" {
		// S3 has the rows as well, but not the types of columns.
		return q.deliverObject(location, nil, s)
	}
	if err != nil {
		return err
	}
	columns := columnsOfResult(first)
	if first.NextToken != nil && location != "" {
		err := q.deliverObject(location, columns, s)
		if engine.KindOf(err) != engine.Denied || s.begun {
			return err
		}
	}
	return q.deliverPages(x, first, columns, s)
}

// location returns where S3 has the rows, "" if only Athena can read them: results that it stores itself, those that
// only it can decrypt, and those that are not CSV.
func (q *query) location(x *types.QueryExecution) string {
	r := x.ResultConfiguration
	if r == nil || !strings.HasSuffix(aws.ToString(r.OutputLocation), ".csv") ||
		r.EncryptionConfiguration != nil && r.EncryptionConfiguration.EncryptionOption == types.EncryptionOptionCseKms {
		return ""
	}
	return *r.OutputLocation
}

// deliverObject reads the rows from S3. If columns is nil it uses the names in the object.
func (q *query) deliverObject(location string, columns []engine.Column, s *sink) error {
	o, err := newObject(s.ctx, q.engine, q.id, location)
	if err != nil {
		return err
	}
	defer o.Close()
	in := newCSVReader(o)
	row, err := in.next()
	if err != nil {
		return q.unread(o, err)
	}
	if columns == nil {
		for _, cell := range row {
			label, _ := cell.(string) // NULL is an empty name
			columns = append(columns, engine.Column{Name: label})
		}
	} else if len(row) != len(columns) {
		return o.fault(engine.Other, fmt.Errorf("its first line has %d names for %d columns", len(row), len(columns)))
	}
	if err := s.begin(columns); err != nil {
		return err
	}
	for {
		row, err := in.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return q.unread(o, err)
		}
		if err := s.row(row); err != nil {
			return err
		}
	}
}

// unread returns an error of reading an object; errors about its form get the object's name.
func (q *query) unread(o *object, err error) error {
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: it is empty", errCSV)
	}
	if errors.Is(err, errCSV) {
		return o.fault(engine.Other, err)
	}
	return err
}

// page fetches rows from Athena, from the beginning if token is nil.
func (q *query) page(ctx context.Context, token *string, size int32) (*athena.GetQueryResultsOutput, error) {
	return ask(ctx, q.engine, q.about("athena:GetQueryResults"), func(ctx context.Context) (*athena.GetQueryResultsOutput, error) {
		return q.engine.athena.GetQueryResults(ctx, &athena.GetQueryResultsInput{QueryExecutionId: &q.id, NextToken: token, MaxResults: &size})
	})
}

// columnsOfResult returns the columns with Athena's types.
func columnsOfResult(p *athena.GetQueryResultsOutput) []engine.Column {
	columns := []engine.Column{}
	if p.ResultSet == nil || p.ResultSet.ResultSetMetadata == nil {
		return columns
	}
	for _, c := range p.ResultSet.ResultSetMetadata.ColumnInfo {
		columns = append(columns, engine.Column{Name: aws.ToString(c.Name), Type: aws.ToString(c.Type)})
	}
	return columns
}

// deliverPages passes on a page and those that follow.
func (q *query) deliverPages(x *types.QueryExecution, p *athena.GetQueryResultsOutput, columns []engine.Column, s *sink) error {
	if err := s.begin(columns); err != nil {
		return err
	}
	var cells []any
	header := hasHeader(x, p, columns)
	for {
		var rows []types.Row
		if p.ResultSet != nil {
			rows = p.ResultSet.Rows
		}
		if header && len(rows) > 0 {
			rows, header = rows[1:], false
		}
		for i := range rows {
			cells = cells[:0]
			for _, d := range rows[i].Data {
				if d.VarCharValue == nil {
					cells = append(cells, nil)
				} else {
					cells = append(cells, *d.VarCharValue)
				}
			}
			if err := s.row(cells); err != nil {
				return err
			}
		}
		if p.NextToken == nil {
			return nil
		}
		last := *p.NextToken
		var err error
		if p, err = q.page(s.ctx, &last, nextPage); err != nil {
			return err
		}
		if p.NextToken != nil && *p.NextToken == last {
			return &engine.Error{Kind: engine.Other, Engine: name, Query: q.id, Err: errors.New("the same page of the result was returned repeatedly")}
		}
	}
}

// hasHeader reports whether the first row contains the names of the columns, as it does only for SELECT.
func hasHeader(x *types.QueryExecution, p *athena.GetQueryResultsOutput, columns []engine.Column) bool {
	if p.ResultSet == nil || len(p.ResultSet.Rows) == 0 || isFree(x) {
		return false
	}
	data := p.ResultSet.Rows[0].Data
	for i, c := range columns {
		if i >= len(data) || data[i].VarCharValue == nil || *data[i].VarCharValue != c.Name {
			return false
		}
	}
	return len(data) == len(columns)
}
