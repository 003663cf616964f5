package sqltest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Columns returns all columns of a layout's table: the columns of the event, then the partition columns.
func Columns(p *schema.Layout) []schema.Column {
	return slices.Concat(p.Columns, p.PartitionedBy)
}

// Row returns an event of the log as the row that an engine would read: a cell for each of Columns. A column has the
// first member of the root object with its name in any letter case, and so has a member of a struct. Missing values,
// and values that the type cannot hold, are NULL. Text is the text that string predicates see, JSON the value's compact
// JSON text; columns named event and eventjson have the JSON text of the whole record. Partitions are computed from the
// event's time, account and region.
//
// Row is for tables whose columns are the log's fields; use OCSFRow for Security Lake.
func Row(p *schema.Layout, doc *value.Doc) []any {
	var row []any
	for _, c := range p.Columns {
		n := member(doc, 0, c.Name)
		if n == value.None && slices.Contains(wholeRecord, c.Name) {
			n = 0
		}
		row = append(row, cell(c.Type, doc, n))
	}
	return append(row, partitions(p, doc)...)
}

// wholeRecord lists the columns with the whole record, in tables over files and in CloudTrail Lake.
var wholeRecord = []string{"event", "eventjson"}

// member returns the first member of an object whose key equals the name in any letter case, or value.None.
func member(doc *value.Doc, object value.Node, name string) value.Node {
	if object == value.None || doc.Kind(object) != value.Object {
		return value.None
	}
	for n := doc.First(object); n != value.None; n = doc.Next(object, n) {
		if strings.EqualFold(string(doc.Key(n)), name) {
			return n
		}
	}
	return value.None
}

// cell converts a value of the log to the type of a column.
func cell(t schema.Type, doc *value.Doc, n value.Node) any {
	if n == value.None || doc.Kind(n) == value.Null {
		return nil
	}
	switch t.Kind {
	case schema.JSON:
		return string(doc.AppendJSON(nil, n))
	case schema.Integer:
		if decimal, ok := value.ParseDecimal(doc.Text(n, nil)); ok {
			if whole, ok := decimal.Int(); ok {
				return whole
			}
		}
	case schema.Double:
		if _, ok := value.ParseDecimal(doc.Text(n, nil)); ok {
			if float, err := strconv.ParseFloat(doc.String(n), 64); err == nil {
				return float
			}
		}
	case schema.Boolean:
		switch text := doc.String(n); {
		case strings.EqualFold(text, "true"):
			return true
		case strings.EqualFold(text, "false"):
			return false
		}
	case schema.Timestamp, schema.Date:
		if at, ok := value.ParseTime(doc.Text(n, nil)); ok {
			if t.Kind == schema.Date {
				return at.UTC().Truncate(24 * time.Hour)
			}
			return at.UTC().Truncate(time.Microsecond)
		}
	case schema.Struct:
		if doc.Kind(n) == value.Object {
			members := map[string]any{}
			for _, m := range t.Members {
				members[m.Name] = cell(m.Type, doc, member(doc, n, m.Name))
			}
			return members
		}
	case schema.Array:
		if doc.Kind(n) == value.Array {
			list := []any{}
			for e := doc.First(n); e != value.None; e = doc.Next(n, e) {
				list = append(list, cell(element(t), doc, e))
			}
			return list
		}
	case schema.Map:
		if doc.Kind(n) == value.Object {
			entries := Pairs{}
			for e := doc.First(n); e != value.None; e = doc.Next(n, e) {
				key := string(doc.Key(e))
				if !slices.ContainsFunc(entries, func(p Pair) bool { return p.Key == key }) {
					entries = append(entries, Pair{key, cell(element(t), doc, e)})
				}
			}
			return entries
		}
	default:
		return doc.String(n)
	}
	return nil
}

// partitionFields maps the usual partition columns to the fields of CloudTrail that they repeat.
var partitionFields = map[string]string{"account": "recipientAccountId", "accountid": "recipientAccountId", "region": "awsRegion"}

// partitions returns the cells of the partition columns.
func partitions(p *schema.Layout, doc *value.Doc) []any {
	var walker value.Walker
	at, known := p.Schema.EventTime(&walker, doc)
	var cells []any
	for _, c := range p.PartitionedBy {
		i := slices.IndexFunc(p.Partitions, func(part schema.Partition) bool { return part.Column == c.Name })
		switch {
		case i >= 0 && known:
			cells = append(cells, partition(p.Partitions[i], at.UTC()))
		case i < 0:
			cells = append(cells, cell(c.Type, doc, member(doc, 0, partitionFields[strings.ToLower(c.Name)])))
		default:
			cells = append(cells, nil)
		}
	}
	return cells
}

// javaTime converts the letters of partition formats to Go's.
var javaTime = strings.NewReplacer("yyyy", "2006", "MM", "01", "dd", "02", "HH", "15")

// partition returns the cell of a partition column that follows the time.
func partition(p schema.Partition, at time.Time) any {
	if p.Type == schema.Date {
		return at.Truncate(24 * time.Hour)
	}
	if p.Type == schema.Timestamp {
		return at.Truncate(time.Microsecond)
	}
	text := at.Format(javaTime.Replace(p.Format))
	if p.Type != schema.Integer {
		return text
	}
	whole, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil
	}
	return whole
}
