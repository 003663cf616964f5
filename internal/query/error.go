package query

import (
	"errors"

	"github.com/egret-hunt/egret/internal/engine"
)

// ErrorAnswer is the JSON form of an error, as `egret query` and `egret table check` print it.
type ErrorAnswer struct {
	// Kind is one of errorKinds, or a kind of the caller: "usage", "stopped".
	Kind string `json:"kind"`
	// Engine, Thing, Permission and Query are as in engine.Error, "" if unknown.
	Engine     string `json:"engine"`
	Thing      string `json:"thing"`
	Permission string `json:"permission"`
	Query      string `json:"query"`
	// Message is the whole text. Help suggests a solution.
	Message string `json:"message"`
	Help    string `json:"help"`
}

// errorKinds maps the kinds of engine errors to their names in JSON.
var errorKinds = map[engine.Kind]string{
	engine.Other: "failed", engine.Transient: "transient", engine.TooComplex: "too-complex", engine.Denied: "denied",
	engine.Expired: "expired", engine.Missing: "missing", engine.Misconfigured: "misconfigured", engine.Invalid: "invalid",
	engine.OverLimit: "over-limit", engine.Cancelled: "cancelled", engine.BadValue: "bad-value",
}

// ErrorOf returns the details of an engine error, and only the text of any other error. Help is "". fromEngine
// reports whether err is an engine error.
func ErrorOf(err error) (answer ErrorAnswer, fromEngine bool) {
	answer = ErrorAnswer{Kind: errorKinds[engine.KindOf(err)], Message: err.Error()}
	var e *engine.Error
	if fromEngine = errors.As(err, &e); fromEngine {
		answer.Engine, answer.Thing, answer.Permission, answer.Query = e.Engine, e.Thing, e.Permission, e.Query
	}
	return answer, fromEngine
}
