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

// inFlight is how many queries run at a time. In the smaller regions accounts start with a quota of 20 to 25 DML
// queries, including queued ones, which egret shares with others; and queries that run when a budget ends are paid
// for.
const inFlight = 5

// Engine runs statements on Athena.
type Engine struct {
	options Options
	athena  *athena.Client
	s3      *s3.Client
	// keys knows the credentials in use, so that no error contains them.
	keys *credentialsWatcher
	// idle closes idle connections.
	idle func()
	// reached reports that a service has answered: from then on an unknown host is a fault of the network, not of the
	// region.
	reached, closed atomic.Bool

	mutex sync.Mutex
	// group is what is known about the workgroup, nil at first; its cut-off is the one set last.
	group *Workgroup
	// exhausted are the statements for which Athena had too little memory, by their hash.
	exhausted map[[32]byte]bool
	// layouts are those of tables in plans, by name.
	layouts map[string]*partitioning
}

var _ engine.Engine = (*Engine)(nil)

// Info describes Athena's abilities.
func (e *Engine) Info() engine.Info {
	return engine.Info{Name: name, Dialect: e.options.Dialect, Attaches: true, Remote: true, Billed: true, InFlight: inFlight}
}

// Close closes idle connections. Running queries continue.
func (e *Engine) Close() error {
	e.closed.Store(true)
	e.idle()
	return nil
}

// subject describes a call for its errors.
type subject struct {
	// action is the permission that the call needs, as "athena:GetQueryExecution".
	action string
	// thing is as in engine.Error, query the id of the query.
	thing, query string
}

var errClosed = errors.New("it was closed")

// ask makes a call. Its error is the context's or an *engine.Error.
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
