package cli

import (
	"context"
	"os"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
	"github.com/egret-hunt/egret/internal/engine/registry"
)

// dialectVariable names the SQL that runs behind an endpoint that stands in for Athena. Users have no such setting: Athena
// speaks one dialect. It is a variable because tests also run their binary as egret, in a process of its own.
const dialectVariable = "EGRET_TEST_DIALECT"

// SpeakDialectOfTests makes lakes in Athena speak the dialect of the variable, with short pauses.
func SpeakDialectOfTests() {
	registry.Driver("athena").New = func() engine.Settings { return &testSettings{} }
}

// testSettings are those of Athena with the dialect and the pauses of tests.
type testSettings struct{ athena.Settings }

func (s *testSettings) Open(ctx context.Context, opening engine.Opening) (engine.Engine, error) {
	o := s.Options(opening)
	o.Dialect, o.MaxBackoff, o.Poll = os.Getenv(dialectVariable), 80*time.Millisecond, 2*time.Millisecond
	e, err := athena.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return e, nil
}
