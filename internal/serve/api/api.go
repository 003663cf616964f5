// Package api answers the JSON requests of egret serve: its own below /api/v2/, and those of sigconverter below /api/v1/.
//
// Requests have rules, pipelines and events as texts; answers are JSON objects. openapi.yaml describes both. The package reads
// no files that a request names, and bounds the size of a request, its time, and the work of all requests together. It does not
// check who asks: package guard does.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/egret-hunt/egret/internal/conversion"
	"github.com/egret-hunt/egret/internal/serve/site"
	"github.com/egret-hunt/egret/internal/serve/workspace"
	"github.com/egret-hunt/egret/internal/setup"
)

// Limits of one request and of all together.
const (
	// MaxBody is the maximum size of a request in bytes, and maxBodies that of all requests that are being read or answered.
	MaxBody   = 8 << 20
	maxBodies = 64 << 20
	// maxFiles is the maximum number of files in a request.
	maxFiles = 5000
	// MaxTime is the maximum time that the work for a request may take, and maxWait how long it may wait for its turn.
	MaxTime = 20 * time.Second
	maxWait = 10 * time.Second
)

// An API answers requests. It is safe for concurrent use.
type API struct {
	w         *workspace.Workspace
	converter *conversion.Converter
	// bodies bounds the memory of requests, and turns the number of requests that compute at the same time.
	bodies, turns *semaphore.Weighted
	// limit is MaxTime, shorter in tests.
	limit time.Duration
}

// New returns the API over a workspace.
func New(w *workspace.Workspace) (*API, error) {
	converter, err := conversion.New(w.Config, w.Schemas)
	if err != nil {
		return nil, err
	}
	return &API{
		w: w, converter: converter, bodies: semaphore.NewWeighted(maxBodies), turns: semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0))), limit: MaxTime,
	}, nil
}

// Routes returns the requests that the API answers.
func (a *API) Routes() []site.Route {
	return append(a.legacyRoutes(), []site.Route{
		{Pattern: "GET /api/v2/version", Handler: a.get(func(*http.Request) (any, error) { return map[string]string{"version": a.w.Version}, nil })},
		{Pattern: "GET /api/v2/openapi.yaml", Handler: sendOpenAPI},
		{Pattern: "GET /api/v2/targets", Handler: a.get(a.targets)},
		{Pattern: "GET /api/v2/pipelines", Handler: a.get(a.pipelines)},
		{Pattern: "GET /api/v2/layouts", Handler: a.get(a.layouts)},
		{Pattern: "POST /api/v2/convert", Handler: post(a, a.convert)},
		{Pattern: "POST /api/v2/check", Handler: post(a, a.check)},
		{Pattern: "POST /api/v2/match", Handler: post(a, a.match)},
		{Pattern: "POST /api/v2/complete", Handler: post(a, a.complete)},
	}...)
}

// get answers a request without a body.
func (a *API) get(answer func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		value, err := answer(r)
		if err != nil {
			fail(w, r, err)
			return
		}
		send(w, value)
	}
}

// post answers a request with a JSON object as its body.
func post[T any](a *API, answer func(ctx context.Context, body *T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		release, err := a.body(w, r)
		if err != nil {
			fail(w, r, err)
			return
		}
		var body T
		if err := decode(r, &body); err != nil {
			release()
			fail(w, r, err)
			return
		}
		value, err := a.run(r.Context(), release, func(ctx context.Context) (any, error) { return answer(ctx, &body) })
		if err != nil {
			fail(w, r, err)
			return
		}
		send(w, value)
	}
}

// body claims memory for the body of a request and limits its size. The function that it returns gives the memory back.
func (a *API) body(w http.ResponseWriter, r *http.Request) (func(), error) {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/json") {
		return nil, &site.StatusError{Status: http.StatusUnsupportedMediaType, Message: "the body of the request is not of the type application/json"}
	}
	size := r.ContentLength
	if size > MaxBody {
		return nil, tooLarge()
	}
	if size < 0 {
		size = MaxBody
	}
	ctx, cancel := context.WithTimeout(r.Context(), maxWait)
	defer cancel()
	if err := a.bodies.Acquire(ctx, size); err != nil {
		return nil, busy()
	}
	r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
	return func() { a.bodies.Release(size) }, nil
}

// decode reads a JSON object. Keys that it does not have are refused: they would be ignored silently.
func decode(r *http.Request, body any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(body)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("text follows the JSON object")
		}
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return tooLarge()
	}
	if err != nil {
		return &site.StatusError{Status: http.StatusBadRequest, Message: "the body is not the JSON object that the request takes: " + err.Error(), Help: "docs/api.md describes it"}
	}
	return nil
}

// run does the work of a request when it is its turn, and returns when it is done or its time is over. Work that goes on after
// that, since it looks at its context too rarely, keeps its turn and its memory until it ends.
func (a *API) run(ctx context.Context, release func(), work func(ctx context.Context) (any, error)) (any, error) {
	waiting, stop := context.WithTimeout(ctx, maxWait)
	defer stop()
	if err := a.turns.Acquire(waiting, 1); err != nil {
		release()
		return nil, busy()
	}
	ctx, cancel := context.WithTimeout(ctx, a.limit)
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if r.fault = recover(); r.fault != nil {
				r.fault = fmt.Sprintf("%v\n%s", r.fault, debug.Stack()) // the stack of this goroutine
			}
			done <- r // before the context ends, so that whoever waits for that finds it
			cancel()
			a.turns.Release(1)
			release()
		}()
		r.value, r.err = work(ctx)
	}()
	<-ctx.Done()
	select {
	case r := <-done:
		if r.fault != nil {
			panic(r.fault)
		}
		if errors.Is(r.err, context.DeadlineExceeded) {
			return nil, tooSlow(a.limit)
		}
		return r.value, r.err
	default:
		return nil, tooSlow(a.limit)
	}
}

// result is what the work for a request came to. fault is the value of a panic.
type result struct {
	value any
	err   error
	fault any
}

func tooLarge() error {
	return &site.StatusError{Status: http.StatusRequestEntityTooLarge, Message: "the request is larger than 8 MiB", Help: "send fewer rules or events at a time"}
}

func tooSlow(limit time.Duration) error {
	return &site.StatusError{Status: http.StatusUnprocessableEntity, Message: "the work takes longer than " + limit.String(), Help: "send less at a time, or use the command line"}
}

func busy() error {
	return &site.StatusError{Status: http.StatusTooManyRequests, Message: "the server has too much to do", Help: "try again in a few seconds"}
}

// fail answers with an error. All errors of the work are about the request.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	var usage *setup.Error
	if errors.As(err, &usage) {
		err = &site.StatusError{Status: http.StatusUnprocessableEntity, Message: site.Words(usage.Error()), Help: site.Words(usage.Help)}
	}
	site.Fail(w, r, err)
}

// send answers with a value as JSON.
func send(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) //nolint:errchkjson // the client has gone if it fails
}
