package cli

import (
	"errors"

	"github.com/egret-hunt/egret/internal/engine"
)

// errorAnswer is an error as the commands of `egret query` and `egret table check` print it in JSON.
type errorAnswer struct {
	// Kind is one of errorKinds, "usage" or "stopped".
	Kind string `json:"kind"`
	// Engine, Thing, Permission and Query are those of engine.Error, "" where nothing is known.
	Engine     string `json:"engine"`
	Thing      string `json:"thing"`
	Permission string `json:"permission"`
	Query      string `json:"query"`
	// Message is the whole text, Help what to do about it.
	Message string `json:"message"`
	Help    string `json:"help"`
}

// errorKinds are the kinds of errors of engines, for machines.
var errorKinds = map[engine.Kind]string{
	engine.Other: "failed", engine.Transient: "transient", engine.TooComplex: "too-complex", engine.Denied: "denied",
	engine.Expired: "expired", engine.Missing: "missing", engine.Misconfigured: "misconfigured", engine.Invalid: "invalid",
	engine.OverLimit: "over-limit", engine.Cancelled: "cancelled", engine.BadValue: "bad-value",
}

// failed is the object around an error.
type failed struct {
	OK    bool        `json:"ok"`
	Error errorAnswer `json:"error"`
}

// failedAnswer is what is printed of an error.
func failedAnswer(err error) failed {
	answer := errorAnswer{Kind: errorKinds[engine.KindOf(err)], Message: err.Error()}
	var f *failure
	if errors.As(err, &f) {
		answer.Help = f.help
	}
	var e *engine.Error
	switch {
	case errors.As(err, &e):
		answer.Engine, answer.Thing, answer.Permission, answer.Query = e.Engine, e.Thing, e.Permission, e.Query
	case exitCode(err) == exitUsage, exitCode(err) == exitRules:
		answer.Kind = "usage"
	case exitCode(err) == exitStopped:
		answer.Kind = "stopped"
	}
	return failed{Error: answer}
}
