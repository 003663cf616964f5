package query

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/tablecheck"
)

// nestedType returns the type of a column whose cells are structs, lists or maps; nil for other columns.
func nestedType(word string) *schema.Type {
	t, ok := tablecheck.ParseType(word)
	if !ok || t.Kind != schema.Struct && t.Kind != schema.Array && t.Kind != schema.Map {
		return nil
	}
	return &t
}

// nestedJSON returns the JSON of a struct, list or map, which the engine gives as JSON text, and false for other
// text. It adds the member names of a struct if the engine lists only the values, as Trino does.
func nestedJSON(text []byte, t *schema.Type) ([]byte, bool) {
	if !json.Valid(text) {
		return nil, false
	}
	var out bytes.Buffer
	if err := appendNested(&out, text, t); err != nil {
		return nil, false
	}
	return out.Bytes(), true
}

// appendNested appends a JSON value of a type.
func appendNested(out *bytes.Buffer, text []byte, t *schema.Type) error {
	text = bytes.TrimSpace(text)
	inner := func(i int, name string) *schema.Type {
		switch t.Kind { //nolint:exhaustive // the others have no parts
		case schema.Array, schema.Map:
			return t.Element
		case schema.Struct:
			for j := range t.Members {
				if j == i || i < 0 && t.Members[j].Name == name {
					return &t.Members[j].Type
				}
			}
		}
		return &schema.Type{}
	}
	switch {
	case text[0] == '[' && (t.Kind == schema.Array || t.Kind == schema.Struct):
		var items []json.RawMessage
		if err := json.Unmarshal(text, &items); err != nil {
			return err
		}
		open, end := byte('['), byte(']')
		if t.Kind == schema.Struct {
			open, end = '{', '}'
		}
		out.WriteByte(open)
		for i, item := range items {
			if i > 0 {
				out.WriteByte(',')
			}
			if t.Kind == schema.Struct {
				name := "field" + strconv.Itoa(i)
				if i < len(t.Members) && t.Members[i].Name != "" {
					name = t.Members[i].Name
				}
				key, err := finding.MarshalSafe(name)
				if err != nil {
					return err
				}
				out.Write(key)
				out.WriteByte(':')
			}
			if err := appendNested(out, item, inner(i, "")); err != nil {
				return err
			}
		}
		out.WriteByte(end)
		return nil
	case text[0] == '{' && (t.Kind == schema.Map || t.Kind == schema.Struct):
		return appendMembers(out, text, func(name string) *schema.Type { return inner(-1, name) })
	}
	return json.Compact(out, text)
}

// appendMembers appends a JSON object with its members in order.
func appendMembers(out *bytes.Buffer, text []byte, typeOf func(name string) *schema.Type) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	out.WriteByte('{')
	for first := true; decoder.More(); first = false {
		key, err := decoder.Token()
		if err != nil {
			return err
		}
		var member json.RawMessage
		if err := decoder.Decode(&member); err != nil {
			return err
		}
		if !first {
			out.WriteByte(',')
		}
		name, _ := key.(string) // keys are strings
		quoted, err := finding.MarshalSafe(name)
		if err != nil {
			return err
		}
		out.Write(quoted)
		out.WriteByte(':')
		if err := appendNested(out, member, typeOf(name)); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}
