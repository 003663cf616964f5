package athena

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
)

// explain is what asks for the plan of inputs and outputs. It reads no data and costs nothing but calls of the catalog.
// https://docs.aws.amazon.com/athena/latest/ug/athena-explain-statement.html, read 2026-11.
const explain = "EXPLAIN (TYPE IO, FORMAT JSON) "

// maxPlan is the longest plan that is read, in bytes. A plan lists the partitions' values.
const maxPlan = 16 << 20

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
		if unexplained(err) {
			err = nil
		}
		return unknown, err
	}
	if estimate, ok := parsePlan(plan); ok {
		return estimate, nil
	}
	return unknown, nil
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

// errPlan ends a plan that is too long.
var errPlan = errors.New("the plan is too long")

// text is the result as lines.
func (q *query) text(ctx context.Context) (string, error) {
	var b strings.Builder
	_, err := q.Read(ctx, engine.Result{Row: func(row []any) error {
		for _, cell := range row {
			line, _ := cell.(string) // NULL is no line
			b.WriteString(line + "\n")
		}
		if b.Len() > maxPlan {
			return errPlan
		}
		return nil
	}})
	if errors.Is(err, errPlan) {
		return "", nil
	}
	return b.String(), err
}

// plan is what is read of EXPLAIN (TYPE IO).
type plan struct {
	Inputs *[]struct {
		// Constraint is newer, Constraints stood in its place before.
		Constraint *struct {
			None              bool
			ColumnConstraints []constraint
		}
		Constraints []constraint `json:"columnConstraints"`
		Estimate    struct {
			Rows  number `json:"outputRowCount"`
			Bytes number `json:"outputSizeInBytes"`
		}
	} `json:"inputTableColumnInfos"`
}

type constraint struct {
	ColumnName string
	Domain     struct {
		Ranges []struct {
			Low, High struct{ Value *json.RawMessage }
		}
	}
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

// parsePlan reads a plan. A column counts as constrained if every read of a table is: one that is not would read it whole.
func parsePlan(text string) (engine.Estimate, bool) {
	start := strings.IndexByte(text, '{')
	if start < 0 {
		return engine.Estimate{}, false
	}
	var p plan
	if err := json.NewDecoder(strings.NewReader(text[start:])).Decode(&p); err != nil || p.Inputs == nil {
		return engine.Estimate{}, false
	}
	out := engine.Estimate{Known: true}
	var common map[string]bool
	for _, in := range *p.Inputs {
		constraints := in.Constraints
		if in.Constraint != nil {
			if in.Constraint.None {
				continue // nothing of the table is read
			}
			constraints = append(slices.Clone(constraints), in.Constraint.ColumnConstraints...)
		}
		out.Bytes, out.Rows = in.Estimate.Bytes.add(out.Bytes), in.Estimate.Rows.add(out.Rows)
		columns := map[string]bool{}
		for _, c := range constraints {
			if c.bounds() {
				columns[strings.ToLower(c.ColumnName)] = true
			}
		}
		if common == nil {
			common = columns
		}
		maps.DeleteFunc(common, func(column string, _ bool) bool { return !columns[column] })
	}
	out.Constrained = slices.Sorted(maps.Keys(common))
	return out, true
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
