package stixcli

import (
	"context"
	"errors"
	"time"

	"github.com/egret-hunt/egret/internal/connector"
	"github.com/egret-hunt/egret/internal/engine/athena"
)

// maxBackoff is the longest pause before a call of a script is repeated: scripts poll themselves, and a call should be short.
const maxBackoff = 400 * time.Millisecond

// calls are the calls of Athena for the connector. Athena is opened with the first one.
type calls struct {
	connection *connector.Connection
	opened     *athena.Engine
}

// Close closes connections.
func (c *calls) Close() {
	if c.opened != nil {
		_ = c.opened.Close() // its answers are complete
	}
}

// open returns the calls.
func (c *calls) open(ctx context.Context) (*athena.Calls, error) {
	if c.opened != nil {
		return c.opened.Calls(), nil
	}
	o := athena.Options{Region: c.connection.Region, Role: c.connection.Role, ExternalID: c.connection.ExternalID, MaxBackoff: maxBackoff}
	if c.connection.Role == "" {
		o.ExternalID = ""
	}
	if c.connection.AccessKey != "" {
		o.Credentials = athena.Keys(c.connection.AccessKey, c.connection.SecretKey, "")
	}
	opened, err := athena.Open(ctx, o)
	if err != nil {
		return nil, &connector.Error{Code: "invalid_parameter", Message: err.Error()}
	}
	c.opened = opened
	return opened.Calls(), nil
}

// run makes a call.
func run[T any](ctx context.Context, c *calls, call func(*athena.Calls) (T, error)) (T, error) {
	var none T
	opened, err := c.open(ctx)
	if err != nil {
		return none, err
	}
	out, err := call(opened)
	var refused *athena.CallError
	if errors.As(err, &refused) {
		return none, &connector.CallError{Operation: refused.Operation, Code: refused.Code, Message: refused.Message, Address: refused.Address}
	}
	return out, err
}

// ListWorkGroups implements connector.Calls.
func (c *calls) ListWorkGroups(ctx context.Context) error {
	_, err := run(ctx, c, func(a *athena.Calls) (any, error) { return nil, a.ListWorkGroups(ctx) })
	return err
}

// Start implements connector.Calls.
func (c *calls) Start(ctx context.Context, sql, output string) (string, error) {
	return run(ctx, c, func(a *athena.Calls) (string, error) { return a.Start(ctx, sql, output) })
}

// Execution implements connector.Calls.
func (c *calls) Execution(ctx context.Context, id string) (connector.Execution, error) {
	x, err := run(ctx, c, func(a *athena.Calls) (athena.Execution, error) { return a.Execution(ctx, id) })
	return connector.Execution{State: x.State, Reason: x.Reason, Submitted: x.Submitted, Output: x.Output}, err
}

// Results implements connector.Calls.
func (c *calls) Results(ctx context.Context, id, token string, rows int) (cells [][]*string, next string, err error) {
	page, err := run(ctx, c, func(a *athena.Calls) (athena.Page, error) { return a.Results(ctx, id, token, int32(rows)) })
	return page.Rows, page.Next, err
}

// Stop implements connector.Calls.
func (c *calls) Stop(ctx context.Context, id string) error {
	_, err := run(ctx, c, func(a *athena.Calls) (any, error) { return nil, a.Stop(ctx, id) })
	return err
}

// DeleteResult implements connector.Calls.
func (c *calls) DeleteResult(ctx context.Context, output string) error {
	_, err := run(ctx, c, func(a *athena.Calls) (any, error) { return nil, a.DeleteResult(ctx, output) })
	return err
}
