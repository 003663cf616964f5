package athena

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
)

// explain is what asks for the plan of inputs and outputs. It reads no data and costs nothing but calls of the catalog.
// https://docs.aws.amazon.com/athena/latest/ug/athena-explain-statement.html, read 2026-11.
const explain = "EXPLAIN (TYPE IO, FORMAT JSON) "

// maxAnswer is the longest plan or list of partitions that is read, in bytes. A plan lists the partitions' values.
const maxAnswer = 16 << 20

// Estimate lets Athena explain the statement, which is free. Where Athena does not explain so, or in words that are not
// understood, nothing is known, and that is no error.
func (e *Engine) Estimate(ctx context.Context, sql string) (engine.Estimate, error) {
	unknown := engine.Estimate{Bytes: -1, Rows: -1}
	if len(sql) <= maxQueryBytes && len(explain)+len(sql) > maxQueryBytes {
		return unknown, nil // it can run, but not be explained
	}
	text := sql
	if strings.TrimSpace(sql) != "" {
		text = explain + sql
	}
	q, err := e.start(ctx, engine.Statement{SQL: text}, 0)
	if err != nil {
		return unknown, err
	}
	plan, err := q.text(ctx)
	if ctx.Err() != nil {
		// The explanation is of no use to anybody else. The error says enough if it cannot be stopped.
		_ = q.Stop(context.WithoutCancel(ctx))
	}
	if err != nil {
		if unexplained(err) || errors.Is(err, errLong) {
			err = nil
		}
		return unknown, err
	}
	readings, ok := parsePlan(plan)
	if !ok {
		return unknown, nil
	}
	return e.estimate(ctx, sql, readings)
}

// unexplained tells whether an error says that Athena does not explain this way, rather than that the statement is wrong.
func unexplained(err error) bool {
	var fault *engine.Error
	if !errors.As(err, &fault) || fault.Kind != engine.Invalid || fault.Err == nil {
		return false
	}
	text := strings.ToUpper(fault.Err.Error())
	return strings.Contains(text, "EXPLAIN") || strings.Contains(text, "TYPE IO") || strings.HasPrefix(text, "NOT_SUPPORTED")
}

// errLong ends a text that is too long.
var errLong = fmt.Errorf("the answer is longer than %d MiB", maxAnswer>>20)

// text is the result as lines. The error is errLong where they are longer than maxAnswer.
func (q *query) text(ctx context.Context) (string, error) {
	var b strings.Builder
	if _, err := q.Read(ctx, engine.Result{Row: func(row []any) error {
		for _, cell := range row {
			line, _ := cell.(string) // NULL is no line
			b.WriteString(line + "\n")
		}
		if b.Len() > maxAnswer {
			return errLong
		}
		return nil
	}}); err != nil {
		return "", err
	}
	return b.String(), nil
}

// reading is a table that a statement reads, as EXPLAIN (TYPE IO) shows it.
type reading struct {
	Table struct {
		Catalog     string
		SchemaTable struct{ Schema, Table string }
	}
	// Constraint is newer, Constraints stood in its place before. None says that nothing of the table is read.
	Constraint struct {
		None              bool
		ColumnConstraints []constraint
	}
	Constraints []constraint `json:"columnConstraints"`
	Estimate    struct {
		Rows  number `json:"outputRowCount"`
		Bytes number `json:"outputSizeInBytes"`
	}
}

type constraint struct {
	ColumnName string
	Domain     struct {
		Ranges []struct {
			Low, High struct{ Value *json.RawMessage }
		}
	}
}

// bounds tells whether the constraint leaves anything out: a range without ends is all values but NULL.
func (c *constraint) bounds() bool {
	for _, r := range c.Domain.Ranges {
		if r.Low.Value == nil && r.High.Value == nil {
			return false
		}
	}
	return c.ColumnName != ""
}

// bounded are the columns with a constraint, in lower case.
func (r *reading) bounded() map[string]bool {
	columns := map[string]bool{}
	for _, list := range [][]constraint{r.Constraints, r.Constraint.ColumnConstraints} {
		for _, c := range list {
			if c.bounds() {
				columns[strings.ToLower(c.ColumnName)] = true
			}
		}
	}
	return columns
}

// number is one that may be missing or the text NaN.
type number struct {
	value float64
	known bool
}

// UnmarshalJSON takes numbers, and texts that hold one.
func (n *number) UnmarshalJSON(text []byte) error {
	value, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	n.value, n.known = value, err == nil && !math.IsNaN(value) && value >= 0
	return nil
}

// add adds up, with -1 for what is not known.
func (n number) add(sum int64) int64 {
	switch {
	case sum < 0 || !n.known:
		return -1
	case n.value >= math.MaxInt64/2 || sum > math.MaxInt64/2:
		return math.MaxInt64
	default:
		return sum + int64(n.value)
	}
}

// parsePlan reads a plan; ok is false where it is none.
func parsePlan(text string) (readings []reading, ok bool) {
	start := strings.IndexByte(text, '{')
	if start < 0 {
		return nil, false
	}
	var p struct {
		Inputs *[]reading `json:"inputTableColumnInfos"`
	}
	if err := json.NewDecoder(strings.NewReader(text[start:])).Decode(&p); err != nil || p.Inputs == nil {
		return nil, false
	}
	return *p.Inputs, true
}
