// Package connector answers the calls of scripts that were written for the aws_athena connector of stix-shifter 8.1: the same
// arguments, and the same JSON. docs/stix.md says where the answers differ and why.
//
// It takes the texts of arguments, calls Athena through an interface, and returns values that print as Python prints them
// (package pyprint). A failed call is an answer too: success is false, with a code and a message. Secrets of the
// configuration are removed from messages.
package connector

import (
	"context"
	"time"
)

// Module is the only module.
const Module = "aws_athena"

// Services are the kinds of tables, in the order of answers. A pattern is translated for each of them.
var Services = []string{"guardduty", "vpcflow", "ocsf"}

// Execution is the state of a query; see athena.Execution.
type Execution struct {
	State, Reason string
	Submitted     time.Time
	Output        string
}

// Calls are the calls of Athena that the connector makes. Their errors are the context's or a *CallError.
type Calls interface {
	ListWorkGroups(ctx context.Context) error
	Start(ctx context.Context, sql, output string) (id string, err error)
	Execution(ctx context.Context, id string) (Execution, error)
	// Results returns at most rows rows and the token of the next page, "" after the last. A cell is nil for NULL.
	Results(ctx context.Context, id, token string, rows int) (cells [][]*string, next string, err error)
	Stop(ctx context.Context, id string) error
	DeleteResult(ctx context.Context, output string) error
}

// A CallError is the refusal of a call; see athena.CallError.
type CallError struct{ Operation, Code, Message, Address string }

// Error returns the message.
func (e *CallError) Error() string { return e.text() }
