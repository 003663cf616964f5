package sqltest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// trinoInsert returns the INSERT statement before and after the literal with the rows. JSON has no times, so they are
// text that is cast again.
func trinoInsert(name string, columns []schema.Column) (before, after string) {
	var carried, names, casts []string
	for i, c := range columns {
		short := "c" + strconv.Itoa(i)
		carried = append(carried, short+" "+trinoTypes.sqlType(withoutTimes(c.Type)))
		names = append(names, short)
		casts = append(casts, "CAST("+short+" AS "+trinoTypes.sqlType(c.Type)+")")
	}
	return "INSERT INTO " + name + " SELECT " + strings.Join(casts, ", ") + " FROM UNNEST(CAST(json_parse(",
		") AS ARRAY(ROW(" + strings.Join(carried, ", ") + ")))) AS u(" + strings.Join(names, ", ") + ")"
}

// withoutTimes returns a type with text instead of points in time.
func withoutTimes(t schema.Type) schema.Type {
	switch t.Kind {
	case schema.Timestamp, schema.Date:
		return schema.Type{Kind: schema.Text}
	case schema.Struct:
		var members []schema.Column
		for _, m := range t.Members {
			members = append(members, schema.Column{Name: m.Name, Type: withoutTimes(m.Type)})
		}
		return schema.Type{Kind: schema.Struct, Members: members}
	case schema.Array, schema.Map:
		inner := withoutTimes(element(t))
		return schema.Type{Kind: t.Kind, Element: &inner}
	default:
		return t
	}
}

// trinoCell converts a cell to JSON for the casts of trinoInsert: a struct becomes the array of its members.
func trinoCell(t schema.Type, v any) any {
	switch v := v.(type) {
	case time.Time:
		if t.Kind == schema.Date {
			return v.Format(time.DateOnly)
		}
		return v.Format("2006-01-02 15:04:05.999999")
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = trinoCell(element(t), v[i])
		}
		return out
	case map[string]any:
		out := make([]any, len(t.Members))
		for i, m := range t.Members {
			out[i] = trinoCell(m.Type, v[m.Name])
		}
		return out
	case Pairs:
		out := map[string]any{}
		for _, p := range v {
			out[p.Key] = trinoCell(element(t), p.Value)
		}
		return out
	default:
		return v
	}
}

// trinoType is the signature of a column's type as the server describes it.
type trinoType struct {
	RawType   string
	Arguments []struct {
		Kind  string
		Value json.RawMessage
	}
}

// value converts a value of the server's JSON to the types in the package comment.
func (t *trinoType) value(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch t.RawType {
	case "tinyint", "smallint", "integer", "bigint":
		n, ok := v.(json.Number)
		if !ok {
			return nil, t.unexpected(v)
		}
		return n.Int64()
	case "real", "double":
		// infinities and NaN are text
		return strconv.ParseFloat(fmt.Sprint(v), 64)
	case "decimal":
		return decimalNumber(fmt.Sprint(v)), nil
	case "date":
		return trinoTime(time.DateOnly, v)
	case "timestamp":
		return trinoTime("2006-01-02 15:04:05", v)
	case "timestamp with time zone":
		return trinoTime("2006-01-02 15:04:05 MST", v)
	case "varbinary":
		raw, err := base64.StdEncoding.DecodeString(fmt.Sprint(v))
		return string(raw), err
	case "array", "map", "row":
		return t.nested(v)
	default: // strings, booleans, and types that are shown as text
		switch v.(type) {
		case string, bool:
			return v, nil
		}
		return nil, t.unexpected(v)
	}
}

func (t *trinoType) unexpected(v any) error {
	return fmt.Errorf("type %s with a value of %T", t.RawType, v)
}

// trinoTime parses a time. With the session's zone, a zone is either UTC or an offset.
func trinoTime(layout string, v any) (any, error) {
	text := fmt.Sprint(v)
	at, err := time.Parse(layout, text)
	if err != nil {
		if zoned, other := time.Parse("2006-01-02 15:04:05 -07:00", text); other == nil {
			return zoned.UTC(), nil
		}
	}
	return at.UTC(), err
}

// nested converts an array, map or row.
func (t *trinoType) nested(v any) (any, error) {
	types, names, err := t.inner()
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case []any:
		if t.RawType == "array" && len(types) == 1 {
			for i := range v {
				if v[i], err = types[0].value(v[i]); err != nil {
					return nil, err
				}
			}
			return v, nil
		}
		if t.RawType != "row" || len(types) != len(v) {
			return nil, t.unexpected(v)
		}
		out := map[string]any{}
		for i := range v {
			if out[names[i]], err = types[i].value(v[i]); err != nil {
				return nil, fmt.Errorf("%s: %w", names[i], err)
			}
		}
		return out, nil
	case map[string]any:
		if t.RawType != "map" || len(types) != 2 {
			return nil, t.unexpected(v)
		}
		for key := range v {
			if v[key], err = types[1].value(v[key]); err != nil {
				return nil, fmt.Errorf("key %q: %w", key, err)
			}
		}
		return v, nil
	default:
		return nil, t.unexpected(v)
	}
}

// inner returns the types inside a nested type; for a row also the names, "0", "1" and so on for members without.
func (t *trinoType) inner() (types []trinoType, names []string, err error) {
	for i, a := range t.Arguments {
		var inner trinoType
		name := strconv.Itoa(i)
		switch a.Kind {
		case "TYPE":
			err = json.Unmarshal(a.Value, &inner)
		case "NAMED_TYPE":
			var named struct {
				FieldName     *struct{ Name string }
				TypeSignature trinoType
			}
			err = json.Unmarshal(a.Value, &named)
			inner = named.TypeSignature
			if named.FieldName != nil {
				name = named.FieldName.Name
			}
		default:
			err = fmt.Errorf("type %s has an argument of kind %s", t.RawType, a.Kind)
		}
		if err != nil {
			return nil, nil, err
		}
		types, names = append(types, inner), append(names, name)
	}
	return types, names, nil
}
