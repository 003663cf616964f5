package athena

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/egret-hunt/egret/internal/redact"
)

// Keys returns fixed credentials for Options.Credentials. They are removed from all messages.
func Keys(accessKey, secretKey, sessionToken string) aws.CredentialsProvider {
	redact.Remember(secretKey, sessionToken)
	return credentials.NewStaticCredentialsProvider(accessKey, secretKey, sessionToken)
}

// Calls makes single calls, for front ends whose users poll themselves. Its errors are the context's or a *CallError with the code of
// the service, while those of Engine say what to do.
type Calls struct{ engine *Engine }

// Calls returns the single calls of an engine.
func (e *Engine) Calls() *Calls { return &Calls{e} }

// A CallError is the refusal of a call.
type CallError struct {
	// Operation is the call, such as "StartQueryExecution"; "AssumeRole" if the call could not be signed because of that.
	Operation string
	// Code is the service's, such as "AccessDeniedException"; "" if there was no answer. Message is its text without credentials.
	Code, Message string
	// Address is the address that gave no answer, "" if the service answered.
	Address string
}

// Error returns operation, code and message.
func (e *CallError) Error() string {
	if e.Code == "" {
		return e.Operation + ": " + e.Message
	}
	return fmt.Sprintf("%s: %s: %s", e.Operation, e.Code, e.Message)
}

// Execution is the state of a query.
type Execution struct {
	// State is as Athena names it: QUEUED, RUNNING, SUCCEEDED, FAILED or CANCELLED.
	State string
	// Reason is why it has the state, "" if Athena gives none.
	Reason string
	// Submitted is zero if Athena does not say it.
	Submitted time.Time
	// Output is the address of the result.
	Output string
}

// Page is a part of a result. The first row of the first page has the names of the columns.
type Page struct {
	// Rows have a cell for each column, nil for NULL.
	Rows [][]*string
	// Next is the token of the next page, "" after the last one.
	Next string
}

// ListWorkGroups lists workgroups, to see whether Athena can be used.
func (c *Calls) ListWorkGroups(ctx context.Context) error {
	_, err := once(ctx, c, "ListWorkGroups", func(ctx context.Context) (*athena.ListWorkGroupsOutput, error) {
		return c.engine.athena.ListWorkGroups(ctx, &athena.ListWorkGroupsInput{})
	})
	return err
}

// Start starts a statement and returns the id of the query. Results go to output, s3://bucket/prefix/.
func (c *Calls) Start(ctx context.Context, sql, output string) (string, error) {
	out, err := once(ctx, c, "StartQueryExecution", func(ctx context.Context) (*athena.StartQueryExecutionOutput, error) {
		in := &athena.StartQueryExecutionInput{QueryString: &sql, ResultConfiguration: &types.ResultConfiguration{OutputLocation: &output}}
		return c.engine.athena.StartQueryExecution(ctx, in)
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.QueryExecutionId), nil
}

// Execution returns the state of a query.
func (c *Calls) Execution(ctx context.Context, id string) (Execution, error) {
	out, err := once(ctx, c, "GetQueryExecution", func(ctx context.Context) (*athena.GetQueryExecutionOutput, error) {
		return c.engine.athena.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: &id})
	})
	if err != nil {
		return Execution{}, err
	}
	x := out.QueryExecution
	if x == nil || x.Status == nil {
		return Execution{}, &CallError{Operation: "GetQueryExecution", Message: "no status in the answer of Athena"}
	}
	found := Execution{State: string(x.Status.State), Reason: c.engine.clean(aws.ToString(x.Status.StateChangeReason))}
	if x.Status.SubmissionDateTime != nil {
		found.Submitted = *x.Status.SubmissionDateTime
	}
	if x.ResultConfiguration != nil {
		found.Output = aws.ToString(x.ResultConfiguration.OutputLocation)
	}
	return found, nil
}

// Results returns a page of at most rows rows, 1 to 1000, the first one if token is "".
func (c *Calls) Results(ctx context.Context, id, token string, rows int32) (Page, error) {
	in := &athena.GetQueryResultsInput{QueryExecutionId: &id, MaxResults: &rows}
	if token != "" {
		in.NextToken = &token
	}
	out, err := once(ctx, c, "GetQueryResults", func(ctx context.Context) (*athena.GetQueryResultsOutput, error) {
		return c.engine.athena.GetQueryResults(ctx, in)
	})
	if err != nil {
		return Page{}, err
	}
	page := Page{Next: aws.ToString(out.NextToken)}
	if out.ResultSet == nil {
		return page, nil
	}
	for _, row := range out.ResultSet.Rows {
		cells := make([]*string, len(row.Data))
		for i, cell := range row.Data {
			cells[i] = cell.VarCharValue
		}
		page.Rows = append(page.Rows, cells)
	}
	return page, nil
}

// Stop ends a query.
func (c *Calls) Stop(ctx context.Context, id string) error {
	_, err := once(ctx, c, "StopQueryExecution", func(ctx context.Context) (*athena.StopQueryExecutionOutput, error) {
		return c.engine.athena.StopQueryExecution(ctx, &athena.StopQueryExecutionInput{QueryExecutionId: &id})
	})
	return err
}

// DeleteResult deletes the result of a query at an address, and its metadata, from S3.
func (c *Calls) DeleteResult(ctx context.Context, output string) error {
	bucket, key := splitLocation(output)
	if key == "" {
		return &CallError{Operation: "DeleteObjects", Message: fmt.Sprintf("%.200q is not the address of a result", output)}
	}
	out, err := once(ctx, c, "DeleteObjects", func(ctx context.Context) (*s3.DeleteObjectsOutput, error) {
		return c.engine.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &s3types.Delete{
			Objects: []s3types.ObjectIdentifier{{Key: &key}, {Key: aws.String(key + ".metadata")}}}})
	})
	if err != nil {
		return err
	}
	for _, refused := range out.Errors {
		return &CallError{Operation: "DeleteObjects", Code: aws.ToString(refused.Code), Message: c.engine.clean(aws.ToString(refused.Message))}
	}
	return nil
}

// once makes a call.
func once[T any](ctx context.Context, c *Calls, operation string, call func(context.Context) (T, error)) (T, error) {
	out, err := call(ctx)
	if err == nil {
		c.engine.reached.Store(true)
		return out, nil
	}
	var none T
	if ended := ctx.Err(); ended != nil {
		return none, ended
	}
	return none, c.fault(err, operation)
}

// fault returns the error of a call.
func (c *Calls) fault(err error, operation string) *CallError {
	out := &CallError{Operation: operation}
	for inner := err; ; {
		var call *smithy.OperationError
		if !errors.As(inner, &call) {
			break
		}
		out.Operation, inner = call.Operation(), call.Err
	}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "" {
		out.Code, out.Message = api.ErrorCode(), c.engine.clean(api.ErrorMessage())
		return out
	}
	var sent *smithyhttp.RequestSendError
	var marked *credentialsError
	switch {
	case errors.As(err, &sent):
		out.Message = c.engine.clean(sent.Err.Error())
		var at *url.Error
		if errors.As(err, &at) {
			if address, bad := url.Parse(at.URL); bad == nil {
				out.Address = address.Scheme + "://" + address.Host + "/"
			}
		}
	case errors.As(err, &marked):
		out.Code, out.Message = "NoCredentials", "Unable to locate credentials"
	default:
		out.Message = "the answer cannot be read"
	}
	return out
}
