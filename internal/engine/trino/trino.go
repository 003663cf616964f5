package trino

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"

	"github.com/egret-hunt/egret/internal/backoff"
	"github.com/egret-hunt/egret/internal/engine"
)

// name is the engine's name in egret.yaml and in errors.
const name = "trino"

// inFlight is how many queries at a time are acceptable: clusters queue queries beyond their own limits.
const inFlight = 4

// Engine is a connection to a cluster. It is safe for concurrent use.
type Engine struct {
	// opt contains neither password nor token.
	opt    Options
	client *client
	closed atomic.Bool

	mutex sync.Mutex
	// partitioned are the partition columns of tables, by their quoted names, as far as Estimate has queried them;
	// connectors are those of catalogs.
	partitioned map[string][]string
	connectors  map[string]string
}

// Open checks the options and the file of certificates. It makes no requests; use Ping for that. Errors are
// *engine.Error of kind Misconfigured.
func Open(_ context.Context, opt Options) (*Engine, error) {
	base, err := opt.address()
	if err == nil {
		err = opt.check()
	}
	if err != nil {
		return nil, &engine.Error{Kind: engine.Misconfigured, Engine: name, Err: err}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck // DefaultTransport is a *http.Transport
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	transport.MaxIdleConnsPerHost = inFlight
	if opt.CAFile != "" {
		if transport.TLSClientConfig.RootCAs, err = certificates(opt.CAFile); err != nil {
			return nil, &engine.Error{Kind: engine.Misconfigured, Engine: name, Thing: "ca_file " + opt.CAFile, Err: err}
		}
	}
	timeout := opt.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	// The secrets stay in closures: printing an engine prints its fields without calling their methods.
	bare := opt
	bare.Password, bare.Token = "", ""
	e := &Engine{opt: bare, partitioned: map[string][]string{}, connectors: map[string]string{}}
	e.client = &client{
		base: base, timeout: timeout, onPause: opt.OnPause, authorize: opt.authorize, scrub: opt.scrub,
		http: &http.Client{
			Transport: transport,
			// A redirect would send names and credentials to an address that is not configured.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		wait: backoff.Sleep, random: rand.Float64, largest: maxPage,
	}
	return e, nil
}

// certificates reads a file of trusted certificates.
func certificates(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("the file contains no PEM certificate")
	}
	return pool, nil
}

// Info describes Trino's abilities.
func (e *Engine) Info() engine.Info {
	return engine.Info{Name: name, Dialect: name, Remote: true, InFlight: inFlight}
}

// Close closes idle connections. Running queries continue until their pages are no longer requested.
func (e *Engine) Close() error {
	e.closed.Store(true)
	e.client.http.CloseIdleConnections()
	return nil
}

// Ping runs the shortest possible query, and checks that the catalog and schema of the options exist.
func (e *Engine) Ping(ctx context.Context) error {
	if e.closed.Load() {
		return errClosed()
	}
	answer, err := e.client.call(ctx, request{method: http.MethodGet, url: e.client.base.String() + "/v1/info", asks: "the server's version"})
	if err != nil {
		return err
	}
	var info struct {
		NodeVersion *struct{ Version string }
		Starting    bool
	}
	if err := json.Unmarshal(answer, &info); err != nil || info.NodeVersion == nil {
		return &engine.Error{Kind: engine.Misconfigured, Engine: name, Thing: e.client.base.String(), Err: errors.New("the server is not Trino")}
	}
	if info.Starting {
		return &engine.Error{Kind: engine.Transient, Engine: name, Thing: e.client.base.String(), Err: errors.New("the server is starting")}
	}
	if e.opt.Catalog == "" {
		_, err := e.rows(ctx, "SELECT 1", nil)
		return err
	}
	if e.opt.Schema == "" {
		_, err := e.rows(ctx, "SELECT 1 FROM "+quote(e.opt.Catalog)+".information_schema.schemata LIMIT 1", nil)
		return err
	}
	found, err := e.rows(ctx, "SELECT 1 FROM "+quote(e.opt.Catalog)+".information_schema.schemata WHERE schema_name = "+literal(lower(e.opt.Schema))+" LIMIT 1", nil)
	if err == nil && len(found) == 0 {
		err = &engine.Error{
			Kind: engine.Missing, Engine: name, Thing: "schema " + e.opt.Catalog + "." + e.opt.Schema,
			Help: "the schema does not exist, or the user may not see it", Err: errors.New("the catalog does not list it"),
		}
	}
	return err
}

// Attach finds nothing: Trino ends queries whose pages are not requested.
func (e *Engine) Attach(_ context.Context, id string) (engine.Query, error) {
	return nil, &engine.Error{
		Kind: engine.Missing, Engine: name, Thing: "query " + safeText(id),
		Err: errors.New("queries end with the process that started them"),
	}
}

// errClosed returns the error for an engine that is used after Close.
func errClosed() error {
	return &engine.Error{Engine: name, Err: errors.New("the connection is closed")}
}

// maxAnswer limits the rows of the engine's own queries, of which lists of columns are the longest.
const maxAnswer = 100_000

// rows runs one of the engine's own queries and collects its rows.
func (e *Engine) rows(ctx context.Context, sql string, session map[string]string) ([][]any, error) {
	q, err := e.start(ctx, sql, session, 0)
	if err != nil {
		return nil, err
	}
	var rows [][]any
	_, err = q.Read(ctx, engine.Result{Row: func(row []any) error {
		if len(rows) == maxAnswer {
			return &engine.Error{Engine: name, Query: q.ID(), Err: fmt.Errorf("the answer has more than %d rows", maxAnswer)}
		}
		rows = append(rows, append([]any(nil), row...))
		return nil
	}})
	if err != nil {
		// The query must be stopped here, even if the context has ended.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		return nil, errors.Join(err, q.Stop(ctx))
	}
	return rows, nil
}
