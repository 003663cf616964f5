package schema_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

const splitSchema = `
name: split
title: Split
logsource: {products: [split]}
detect: [{has: [list]}]
roots: [""]
event_lists: [list, deep.list]
time: [time]
id: [[id]]
`

// TestSplit divides records into events with their shared fields, and gives each an id of its own.
func TestSplit(t *testing.T) {
	s, err := schema.Load([]byte(splitSchema))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		record string
		events []string
		ids    []string
	}{
		{`{"id":"a","list":[{"n":1}]}`, nil, []string{"a"}},
		{`{"id":"a","list":[]}`, nil, []string{"a"}},
		{`{"id":"a"}`, nil, []string{"a"}},
		{`{"id":"a","list":{"n":1}}`, nil, []string{"a"}},
		{
			`{"id":"a","list": [ {"n":1} , "text", {"n":2}] ,"end":true}`,
			[]string{`{"id":"a","list": [{"n":1}] ,"end":true}`, `{"id":"a","list": [null,null,{"n":2}] ,"end":true}`},
			[]string{"a", "a#3"},
		},
		{
			`{"deep":{"list":[{"n":1},{"n":2}]},"id":"a"}`,
			[]string{`{"deep":{"list":[{"n":1}]},"id":"a"}`, `{"deep":{"list":[null,{"n":2}]},"id":"a"}`},
			[]string{"a", "a#2"},
		},
	} {
		var splitter schema.Splitter
		doc := parse(t, test.record)
		several, err := splitter.Begin(s, doc)
		if err != nil || several != (test.events != nil) {
			t.Errorf("%s: several %v, error %v", test.record, several, err)
		}
		var events, ids []string
		for several {
			text := splitter.Next()
			if text == nil {
				break
			}
			events = append(events, string(text))
		}
		for _, text := range append(events, test.record)[:max(1, len(events))] {
			id, _ := s.AppendEventID(nil, new(value.Walker), parse(t, text))
			ids = append(ids, string(id))
		}
		if !slices.Equal(events, test.events) || !slices.Equal(ids, test.ids) {
			t.Errorf("%s:\ngot  %q %q\nwant %q %q", test.record, events, ids, test.events, test.ids)
		}
	}
}

// TestSplitIsBounded refuses records whose events would repeat too much.
func TestSplitIsBounded(t *testing.T) {
	s, err := schema.Load([]byte(splitSchema))
	if err != nil {
		t.Fatal(err)
	}
	var list bytes.Buffer
	list.WriteString(`{"id":"a","list":[{}`)
	list.WriteString(strings.Repeat(",{}", 100_000))
	list.WriteString(`]}`)
	if several, err := new(schema.Splitter).Begin(s, parse(t, list.String())); several || err == nil {
		t.Errorf("several %v, error %v", several, err)
	}
}
