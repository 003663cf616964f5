package schema_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
)

func TestTimeOfATableThatNothingIsKnownOf(t *testing.T) {
	generic := schema.Generic().Profiles()[0]
	p, err := generic.WithTime("event.created", "epoch_ms")
	if err != nil {
		t.Fatal(err)
	}
	if p.Time.Place.Column != "event" || p.Time.Place.Steps[0].Name != "created" || p.Time.Format != schema.EpochMilli {
		t.Errorf("%+v", p.Time)
	}
	if p.Time.Place.Type.Kind != schema.Integer {
		t.Errorf("milliseconds are a whole number, not of type %v", p.Time.Place.Type.Kind)
	}
	if generic.Time != nil {
		t.Error("the profile that was given changed")
	}
}

func TestTimeOfAKnownTableMustBeAColumnOfIt(t *testing.T) {
	p, err := schema.FindProfile(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ column, format, want string }{
		{"eventtime", "text", ""},
		{"eventtime", "timestamp", "is of type"},
		{"evented", "text", `no column "evented"`},
		{"eventtime", "julian", "is one of text, timestamp, epoch_s, epoch_ms, common_log"},
	} {
		switch _, err := p.WithTime(c.column, c.format); {
		case c.want == "" && err != nil:
			t.Errorf("%s as %s: %v", c.column, c.format, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s as %s: error %v, want %q", c.column, c.format, err, c.want)
		}
	}
}
