package athena

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/egret-hunt/egret/internal/engine"
)

// inFlight is how many queries run at a time. Accounts begin with a quota of 20 to 25 of DML in the smaller regions, queued
// ones included, which are not egret's alone; and what is in flight when a budget ends is paid for.
const inFlight = 5

// Engine runs statements on Athena.
type Engine struct {
	options Options
	athena  *athena.Client
	s3      *s3.Client
	// keys knows the credentials in use, so that no error shows them.
	keys *witness
	// idle gives connections back.
	idle func()
	// reached says that a service has answered: from then on an unknown host is a fault of the network, not of a region.
	reached, closed atomic.Bool

	mutex sync.Mutex
	// group is what is known of the workgroup, nil for nothing yet; its cut-off is what was set last.
	group *Workgroup
	// exhausted are the statements for which Athena had too little memory, by their hash.
	exhausted map[[32]byte]bool
	// layouts are those of tables that plans have named, by their names.
	layouts map[string]*parted
}

var _ engine.Engine = (*Engine)(nil)

// Info says what Athena can do.
func (e *Engine) Info() engine.Info {
	return engine.Info{Name: name, Dialect: e.options.Dialect, Attaches: true, Remote: true, Billed: true, InFlight: inFlight}
}

// Close gives connections back. Queries go on.
func (e *Engine) Close() error {
	e.closed.Store(true)
	e.idle()
	return nil
}

// subject is what a call is about, for its errors.
type subject struct {
	// action is the permission that the call needs, as "athena:GetQueryExecution".
	action string
	// thing is in the form of engine.Error, query the id of the query.
	thing, query string
}

var errClosed = errors.New("it was closed")

// ask makes a call. Its error is the context's, or an *engine.Error.
func ask[T any](ctx context.Context, e *Engine, about subject, call func(context.Context) (T, error)) (T, error) {
	var none T
	if e.closed.Load() {
		return none, &engine.Error{Kind: engine.Other, Engine: name, Thing: about.thing, Query: about.query, Err: errClosed}
	}
	if err := ctx.Err(); err != nil {
		return none, err
	}
	out, err := call(ctx)
	if err != nil {
		if ended := ctx.Err(); ended != nil {
			return none, ended
		}
		return none, e.refused(err, about)
	}
	e.reached.Store(true)
	return out, nil
}
