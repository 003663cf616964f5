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

// explain requests the plan of inputs and outputs. It reads no data and costs only calls of the catalog.
// https://docs.aws.amazon.com/athena/latest/ug/athena-explain-statement.html, read 2026-11.
const explain = "EXPLAIN (TYPE IO, FORMAT JSON) "

// maxAnswer is the maximum length of a plan or list of partitions, in bytes. A plan lists the partitions' values.
const maxAnswer = 16 << 20

// Estimate has Athena explain the statement, which is free. If Athena cannot explain it this way, or the plan is not
// understood, the estimate is unknown, which is not an error.
func (e *Engine) Estimate(ctx context.Context, s engine.Statement) (engine.Estimate, error) {
	unknown, sql := engine.Estimate{Bytes: -1, Rows: -1}, s.SQL
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
		// No one else can use the explanation. If it cannot be stopped, the error of the context is enough.
		_ = q.Stop(context.WithoutCancel(ctx))
	}
	if err != nil {
		if unexplained(err) || errors.Is(err, errTooLong) {
			err = nil
		}
		return unknown, err
	}
	readings, ok := parsePlan(plan)
	if !ok {
		return unknown, nil
	}
	return e.estimate(ctx, s.Bounds, readings)
}

// unexplained reports whether an error means that Athena cannot explain this way, rather than that the statement is
// wrong.
func unexplained(err error) bool {
	var fault *engine.Error
	if !errors.As(err, &fault) || fault.Kind != engine.Invalid || fault.Err == nil {
		return false
	}
	text := strings.ToUpper(fault.Err.Error())
	return strings.Contains(text, "EXPLAIN") || strings.Contains(text, "TYPE IO") || strings.HasPrefix(text, "NOT_SUPPORTED")
}

// errTooLong means that a text is too long.
var errTooLong = fmt.Errorf("the answer is longer than %d MiB", maxAnswer>>20)

// text returns the result as lines. It fails with errLong if they are longer than maxAnswer.
func (q *query) text(ctx context.Context) (string, error) {
	var b strings.Builder
	if _, err := q.Read(ctx, engine.Result{Row: func(row []any) error {
		for _, cell := range row {
			line, _ := cell.(string) // NULL is an empty line
			b.WriteString(line + "\n")
		}
		if b.Len() > maxAnswer {
			return errTooLong
		}
		return nil
	}}); err != nil {
		return "", err
	}
	return b.String(), nil
}

// reading is a table that a statement reads, as in EXPLAIN (TYPE IO).
type reading struct {
	Table struct {
		Catalog     string
		SchemaTable struct{ Schema, Table string }
	}
	// Newer versions use Constraint, older ones Constraints. None means that nothing of the table is read.
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

// bounds reports whether the constraint excludes anything: a range without ends includes all values except NULL.
func (c *constraint) bounds() bool {
	for _, r := range c.Domain.Ranges {
		if r.Low.Value == nil && r.High.Value == nil {
			return false
		}
	}
	return c.ColumnName != ""
}

// bounded returns the columns with a constraint, in lower case.
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

// number is a number that may be missing or the text NaN.
type number struct {
	value float64
	known bool
}

// UnmarshalJSON accepts numbers, and texts that contain one.
func (n *number) UnmarshalJSON(text []byte) error {
	value, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	n.value, n.known = value, err == nil && !math.IsNaN(value) && value >= 0
	return nil
}

// add adds the number to a sum, where -1 means unknown.
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

// parsePlan parses a plan. ok is false if the text is not a plan.
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
