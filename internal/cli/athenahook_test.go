package cli

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
)

// dialectVariable names the SQL that runs behind an endpoint that stands in for Athena. Users have no such setting: Athena
// speaks one dialect. It is a variable because tests also run their binary as egret, in a process of its own.
const dialectVariable = "EGRET_TEST_DIALECT"

// SpeakDialectOfTests makes lakes in Athena speak the dialect of the variable, with short pauses.
func SpeakDialectOfTests() {
	i := slices.Index(engineNames(), "athena")
	engines[i].open = func(ctx context.Context, l *foundLake) (engine.Engine, error) {
		o := athenaOptions(l)
		o.Dialect, o.MaxBackoff, o.Poll = os.Getenv(dialectVariable), 80*time.Millisecond, 2*time.Millisecond
		e, err := athena.Open(ctx, o)
		if err != nil {
			return nil, err
		}
		return e, nil
	}
}
