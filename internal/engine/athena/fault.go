package athena

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// maxText is how many bytes of a service's message an error contains: some messages repeat the statement.
const maxText = 1500

// clean returns a service's text as one line, without credentials and shortened.
func (e *Engine) clean(text string) string {
	text = e.keys.scrub(text)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// refused returns the error of a failed call. Errors of the SDK are not wrapped, because they contain requests. The
// SDK has already retried the call.
func (e *Engine) refused(err error, about subject) error {
	out := e.refusal(err, about)
	out.Retried = out.Kind == engine.Transient
	return out
}

func (e *Engine) refusal(err error, about subject) *engine.Error {
	var marked *credentialsError
	if errors.As(err, &marked) {
		return e.withoutCredentials(err, about)
	}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "" {
		return e.answered(err, api, about)
	}
	return e.unanswered(err, about)
}

// answered returns the error of a call that a service rejected.
func (e *Engine) answered(err error, api smithy.APIError, about subject) *engine.Error {
	code, message := api.ErrorCode(), api.ErrorMessage()
	// Athena's own codes are more precise than the name of the exception.
	var invalid *types.InvalidRequestException
	detail := ""
	if errors.As(err, &invalid) {
		detail = aws.ToString(invalid.AthenaErrorCode)
	}
	text := code + ": " + message
	out, quiet := e.diagnose(text, about)
	if out == nil && detail != "" {
		out, quiet = e.diagnose(detail+": "+message, about)
	}
	if out == nil {
		out = &engine.Error{Thing: about.thing}
		var response *smithyhttp.ResponseError
		switch {
		case errors.As(err, &response) && response.HTTPStatusCode() >= 500:
			out.Kind = engine.Transient
		case code == "InvalidRequestException" && strings.HasSuffix(about.action, ":StartQueryExecution"):
			out.Kind = engine.Invalid
		}
	}
	if quiet {
		text = code
	}
	out.Engine, out.Query = name, about.query
	out.Err = fmt.Errorf("%s: %s%s", operation(err, about), e.clean(text), requestID(err))
	return out
}

// operation returns the name of the failed call: if credentials are fetched first, it may be a call of STS.
func operation(err error, about subject) string {
	found := about.action
	var call *smithy.OperationError
	for errors.As(err, &call) {
		found, err = strings.ToLower(call.Service())+":"+call.Operation(), call.Err
	}
	_, operation, _ := strings.Cut(found, ":")
	return operation
}

// requestID returns the id that AWS support asks for.
func requestID(err error) string {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) || response.ServiceRequestID() == "" || !idForm.MatchString(response.ServiceRequestID()) {
		return ""
	}
	return " (request " + response.ServiceRequestID() + ")"
}

// unanswered returns the error of a call without an answer.
func (e *Engine) unanswered(err error, about subject) *engine.Error {
	out := &engine.Error{Kind: engine.Transient, Engine: name, Thing: about.thing, Query: about.query}
	var dns *net.DNSError
	var response *smithyhttp.ResponseError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound && !e.reached.Load():
		out.Kind, out.Thing, out.Help = engine.Misconfigured, "region "+e.options.Region, e.fill(helpRegion)+"; or there is no network"
	case errors.As(err, &response) && response.HTTPStatusCode() == 403:
		// S3 has answered without a body.
		out.Kind, out.Permission = engine.Denied, about.action
	case errors.As(err, &response) && response.HTTPStatusCode() >= 400 && response.HTTPStatusCode() < 500:
		out.Kind = engine.Other
	}
	if out.Kind == engine.Transient && !e.reached.Load() {
		out.Help = "no answer: check the network, its proxy, and the address if AWS_ENDPOINT_URL or the lake names one"
	}
	// The innermost error is the cause; the errors around it report the number of attempts.
	cause := err
	var sent *smithyhttp.RequestSendError
	var failed *net.OpError
	switch {
	case dns != nil:
		cause = dns
	case errors.As(err, &failed):
		cause = failed
	case errors.As(err, &sent):
		cause = sent.Err
	}
	out.Err = fmt.Errorf("%s: %s", operation(err, about), e.clean(cause.Error()))
	return out
}

// withoutCredentials returns the error of a call that could not be signed. Credential providers may print what they
// read, so only text without secrets is repeated.
func (e *Engine) withoutCredentials(err error, about subject) *engine.Error {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "" {
		out := e.answered(err, api, subject{action: "sts:AssumeRole", thing: "role " + e.options.Role})
		if out.Kind == engine.Other {
			out.Kind, out.Thing, out.Help = engine.Expired, "credentials", e.fill(helpLogin)
		}
		return out
	}
	var sent *smithyhttp.RequestSendError
	var process *processcreds.ProviderError
	var sso *ssocreds.InvalidTokenError
	out := &engine.Error{Kind: engine.Expired, Engine: name, Thing: "credentials", Help: e.fill(helpLogin), Err: errors.New("none were found, or they cannot be renewed")}
	switch {
	case errors.As(err, &process):
		out.Err = errors.New("the credential_process of the profile returned none")
	case errors.As(err, &sso):
		out.Err = errors.New("the session of IAM Identity Center has ended")
	case errors.As(err, &sent) && e.options.Role != "" && operation(err, about) == "AssumeRole":
		return e.unanswered(err, subject{action: "sts:AssumeRole", thing: "role " + e.options.Role})
	}
	return out
}

// failed returns the error of a query without a result.
func (e *Engine) failed(x *types.QueryExecution) error {
	about := subject{query: aws.ToString(x.QueryExecutionId), action: "athena:StartQueryExecution"}
	reason := aws.ToString(x.Status.StateChangeReason)
	known := x.Status.AthenaError
	if reason == "" && known != nil {
		reason = aws.ToString(known.ErrorMessage)
	}
	out, _ := e.diagnose(reason, about)
	if out == nil {
		out = &engine.Error{Kind: kindOf(x)}
		if out.Kind == engine.Denied {
			out.Permission, out.Help = "one of S3, Glue or Lake Formation", e.fill(helpSource)
		}
	}
	if stateOf(x) == engine.Stopped && out.Kind != engine.OverLimit {
		out.Kind = engine.Cancelled
	}
	if exhausted.MatchString(reason) && out.Kind == engine.Transient {
		out.Kind, out.Help = e.exhaustedBy(aws.ToString(x.Query))
	}
	out.Engine, out.Query = name, about.query
	out.Err = errors.New(cmp.Or(e.clean(reason), "Athena gives no reason"))
	return out
}

// exhaustedBy returns the kind and help for a statement for which Athena had too little memory: the first time it is
// retried, after that it is split.
func (e *Engine) exhaustedBy(sql string) (engine.Kind, string) {
	sum := sha256.Sum256([]byte(sql))
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.exhausted[sum] {
		return engine.TooComplex, helpComplex
	}
	if len(e.exhausted) > 10_000 {
		clear(e.exhausted)
	}
	e.exhausted[sum] = true
	return engine.Transient, "Athena had too little memory for the statement"
}

// kindOf returns the kind of a failure by Athena's error number, for failures without a known reason.
// https://docs.aws.amazon.com/athena/latest/ug/error-reference.html, read 2026-11.
func kindOf(x *types.QueryExecution) engine.Kind {
	f := x.Status.AthenaError
	if f == nil {
		return engine.Other
	}
	switch number := aws.ToInt32(f.ErrorType); {
	case f.ErrorType == nil:
	case number >= 1400 && number < 1500, number == 1602:
		return engine.Transient
	case number == 1500 || number == 1501:
		return engine.Denied
	case number == 206 || number == 210:
		return engine.OverLimit
	case number == 1011 || number == 1014:
		return engine.Cancelled
	case number == 1110 || number == 1301 || number == 1306 || number == 1109:
		return engine.Missing
	case number == 1006 || number == 1200 || number == 1202 || number == 1303:
		return engine.Invalid
	}
	if f.Retryable {
		return engine.Transient
	}
	return engine.Other
}

// diagnose returns the error for the symptom that a text matches, without engine, query and cause, or nil. quiet
// reports that the text must not be repeated.
func (e *Engine) diagnose(text string, about subject) (out *engine.Error, quiet bool) {
	if len(text) > 10*maxText { // messages that repeat a statement do so in the middle
		text = text[:5*maxText] + text[len(text)-5*maxText:]
	}
	for _, s := range symptoms {
		at := s.says.FindStringSubmatchIndex(text)
		if at == nil {
			continue
		}
		expand := func(template string) string {
			return e.fill(e.clean(string(s.says.ExpandString(nil, braces.ReplaceAllString(template, "$${$1}"), text, at))))
		}
		out = &engine.Error{Kind: s.kind, Thing: e.thing(expand(s.thing)), Permission: expand(s.permission), Help: e.fill(s.help)}
		if out.Thing == "" {
			out.Thing = about.thing
		}
		if s.kind == engine.Denied && out.Permission == "" {
			out.Permission = about.action
		}
		return out, s.quiet
	}
	return nil, false
}

// braces matches references to groups, which letters may follow.
var braces = lazyre.New(`\$([0-9])`)

// fill inserts the options into a text.
func (e *Engine) fill(text string) string {
	o := &e.options
	login, who := "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name the lake's profile", "these credentials"
	caller := who
	if o.Profile != "" {
		login, caller = "`aws sso login --profile "+o.Profile+"`, or new keys in the profile "+o.Profile, "the profile "+o.Profile
		who = caller
	}
	if o.Role != "" {
		who = "the role " + o.Role
	}
	return strings.NewReplacer("{region}", o.Region, "{workgroup}", o.Workgroup, "{output}", o.Output, "{login}", login,
		"{role}", o.Role, "{who}", who, "{caller}", caller).Replace(text)
}

// thing returns the subject of an error in words. ARNs contain the names of tables and databases, and the location of
// results is distinguished from that of logs.
func (e *Engine) thing(text string) string {
	text = strings.TrimRight(text, " .,;")
	if at := strings.Index(text, "s3://"); at >= 0 && strings.HasPrefix(text, "logs in ") && e.options.Output != "" && strings.HasPrefix(text[at:], e.options.Output) {
		return "place of results " + text[at:]
	}
	if !strings.HasPrefix(text, "arn:") {
		return text
	}
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 {
		return text
	}
	kind, rest, _ := strings.Cut(parts[5], "/")
	switch service := parts[2]; {
	case service == "s3":
		return "s3://" + parts[5]
	case service == "glue" && kind == "table":
		return "table " + strings.ReplaceAll(rest, "/", ".")
	case service == "glue" && kind == "database":
		return "database " + rest
	case service == "glue" && kind == "catalog":
		return "data catalog"
	case service == "athena" && kind == "datacatalog":
		return "data catalog " + rest
	case service == "athena" && kind == "workgroup":
		return "workgroup " + rest
	default:
		return text
	}
}
