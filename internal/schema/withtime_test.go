package schema_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
)

func TestWithTimeOfGenericTable(t *testing.T) {
	generic := schema.Generic().Layouts()[0]
	p, err := generic.WithTime("event.created", "epoch_ms")
	if err != nil {
		t.Fatal(err)
	}
	if p.Time.Location.Column != "event" || p.Time.Location.Steps[0].Name != "created" || p.Time.Format != schema.EpochMilli {
		t.Errorf("got %+v", p.Time)
	}
	if p.Time.Location.Type.Kind != schema.Integer {
		t.Errorf("got type %v for milliseconds, want a whole number", p.Time.Location.Type.Kind)
	}
	if generic.Time != nil {
		t.Error("WithTime changed its receiver")
	}
}

func TestWithTimeRequiresAColumn(t *testing.T) {
	p, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ column, format, want string }{
		{"eventtime", "text", ""},
		{"eventtime", "timestamp", "is of type"},
		{"evented", "text", `no column "evented"`},
		{"eventtime", "julian", "expected a time format of text, timestamp, epoch_s, epoch_ms, common_log"},
	} {
		switch _, err := p.WithTime(c.column, c.format); {
		case c.want == "" && err != nil:
			t.Errorf("%s as %s: %v", c.column, c.format, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s as %s: error %v, want %q", c.column, c.format, err, c.want)
		}
	}
}
