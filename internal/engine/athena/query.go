package athena

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/egret-hunt/egret/internal/backoff"
	"github.com/egret-hunt/egret/internal/engine"
)

// query is a query that Athena knows.
type query struct {
	engine *Engine
	id     string
}

var _ engine.Query = (*query)(nil)

// ID returns Athena's QueryExecutionId.
func (q *query) ID() string { return q.id }

// about returns the subject of a call about this query.
func (q *query) about(action string) subject {
	return subject{action: action, query: q.id}
}

// fetch fetches the query's description from Athena.
func (q *query) fetch(ctx context.Context) (*types.QueryExecution, error) {
	out, err := ask(ctx, q.engine, q.about("athena:GetQueryExecution"), func(ctx context.Context) (*athena.GetQueryExecutionOutput, error) {
		return q.engine.athena.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: &q.id})
	})
	if err != nil {
		return nil, err
	}
	if out.QueryExecution == nil || out.QueryExecution.Status == nil {
		return nil, &engine.Error{Kind: engine.Other, Engine: name, Query: q.id, Err: errors.New("no status in the answer of Athena")}
	}
	return out.QueryExecution, nil
}

// Status fetches the state once.
func (q *query) Status(ctx context.Context) (engine.Status, error) {
	x, err := q.fetch(ctx)
	if err != nil {
		return engine.Status{}, err
	}
	s := engine.Status{State: stateOf(x), Stats: statsOf(x)}
	if x.Status.StateChangeReason != nil {
		s.Reason = q.engine.clean(*x.Status.StateChangeReason)
	}
	return s, nil
}

// Stop ends the query. Athena accepts this for ended queries too.
func (q *query) Stop(ctx context.Context) error {
	_, err := ask(ctx, q.engine, q.about("athena:StopQueryExecution"), func(ctx context.Context) (*athena.StopQueryExecutionOutput, error) {
		return q.engine.athena.StopQueryExecution(ctx, &athena.StopQueryExecutionInput{QueryExecutionId: &q.id})
	})
	return err
}

// wait polls the query until it has ended: often at first, because many queries take a second, and then ever less
// often.
func (q *query) wait(ctx context.Context) (*types.QueryExecution, error) {
	o := &q.engine.options
	pause := o.Poll
	for {
		x, err := q.fetch(ctx)
		if err != nil || stateOf(x).Ended() {
			return x, err
		}
		// Shorten pauses at random, so that queries that were started together are not polled together.
		if err := backoff.Sleep(ctx, pause-time.Duration(o.Random()*float64(pause)/4)); err != nil {
			return x, err
		}
		pause = min(pause*3/2, 20*o.Poll)
	}
}

// stateOf returns the state; unknown states count as running.
func stateOf(x *types.QueryExecution) engine.State {
	switch x.Status.State {
	case types.QueryExecutionStateQueued:
		return engine.Queued
	case types.QueryExecutionStateSucceeded:
		return engine.Succeeded
	case types.QueryExecutionStateFailed:
		return engine.Failed
	case types.QueryExecutionStateCancelled:
		return engine.Stopped
	default:
		return engine.Running
	}
}
