package athena

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// maxQueryBytes is the maximum length of a statement.
// https://docs.aws.amazon.com/athena/latest/ug/service-limits.html.
const maxQueryBytes = 262_144

// Start starts a statement.
func (e *Engine) Start(ctx context.Context, s engine.Statement) (engine.Query, error) {
	if err := e.cutOff(ctx, s.MaxBytes); err != nil {
		return nil, err
	}
	q, err := e.start(ctx, s, e.options.Reuse)
	if err != nil {
		return nil, err
	}
	return q, nil
}

func (e *Engine) start(ctx context.Context, s engine.Statement, reuse time.Duration) (*query, error) {
	switch {
	case strings.TrimSpace(s.SQL) == "":
		return nil, &engine.Error{Kind: engine.Invalid, Engine: name, Thing: "statement", Err: errors.New("it has no text")}
	case len(s.SQL) > maxQueryBytes:
		return nil, &engine.Error{Kind: engine.TooComplex, Engine: name, Thing: "statement", Help: helpComplex,
			Err: fmt.Errorf("its text has %d bytes, and Athena accepts %d", len(s.SQL), maxQueryBytes)}
	}
	g, err := e.workgroup(ctx)
	if err != nil {
		return nil, err
	}
	if g != nil {
		if err := e.fits(g); err != nil {
			return nil, err
		}
	}
	in := &athena.StartQueryExecutionInput{QueryString: &s.SQL, WorkGroup: &e.options.Workgroup,
		QueryExecutionContext: &types.QueryExecutionContext{Catalog: &e.options.Catalog}, ResultConfiguration: e.results(g)}
	if s.Token != "" { // otherwise the SDK generates one, for its own retries
		in.ClientRequestToken = aws.String(requestToken(s.Token))
	}
	if e.options.Database != "" {
		in.QueryExecutionContext.Database = &e.options.Database
	}
	if reuse > 0 {
		minutes := int32((reuse + time.Minute - 1) / time.Minute)
		in.ResultReuseConfiguration = &types.ResultReuseConfiguration{ResultReuseByAgeConfiguration: &types.ResultReuseByAgeConfiguration{
			Enabled: true, MaxAgeInMinutes: &minutes}}
	}
	about := subject{action: "athena:StartQueryExecution", thing: "workgroup " + e.options.Workgroup}
	out, err := ask(ctx, e, about, func(ctx context.Context) (*athena.StartQueryExecutionOutput, error) {
		return e.athena.StartQueryExecution(ctx, in)
	})
	if err != nil {
		return nil, err
	}
	id := aws.ToString(out.QueryExecutionId)
	if !idForm.MatchString(id) {
		return nil, &engine.Error{Kind: engine.Other, Engine: name, Err: errors.New("the query was started, but its id is invalid")}
	}
	return &query{engine: e, id: id}, nil
}

// results returns where and how results are stored, nil if the workgroup decides.
func (e *Engine) results(g *Workgroup) *types.ResultConfiguration {
	o := &e.options
	if g != nil && (g.Enforced || g.Managed) || o.Output == "" && o.Encryption == "" && o.ExpectedBucketOwner == "" {
		return nil
	}
	r := &types.ResultConfiguration{}
	if o.Output != "" {
		r.OutputLocation = &o.Output
	}
	if o.ExpectedBucketOwner != "" {
		r.ExpectedBucketOwner = &o.ExpectedBucketOwner
	}
	if o.Encryption != "" {
		r.EncryptionConfiguration = &types.EncryptionConfiguration{EncryptionOption: types.EncryptionOption(o.Encryption)}
		if o.KMSKey != "" {
			r.EncryptionConfiguration.KmsKey = &o.KMSKey
		}
	}
	return r
}

// validToken matches tokens that Athena accepts: 32 to 128 characters, here only harmless ones.
var validToken = lazyre.New(`^[A-Za-z0-9_-]{32,128}$`)

// requestToken returns a token that Athena accepts: the statement's if it is valid, otherwise a hash of it.
func requestToken(token string) string {
	if validToken.MatchString(token) {
		return token
	}
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// idForm matches ids of queries, which so far are UUIDs.
var idForm = lazyre.New(`^[A-Za-z0-9_-]{1,128}$`)

// Attach finds a query by its id. Athena remembers queries for 45 days.
func (e *Engine) Attach(ctx context.Context, id string) (engine.Query, error) {
	if !idForm.MatchString(id) {
		return nil, &engine.Error{Kind: engine.Missing, Engine: name, Thing: fmt.Sprintf("query %.60q", id), Err: errors.New("this is not an id of Athena")}
	}
	q := &query{engine: e, id: id}
	if _, err := q.fetch(ctx); err != nil {
		return nil, err
	}
	return q, nil
}
