package trino

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
)

// fault returns an error of a request.
func (c *client) fault(r request, kind engine.Kind, err error) *engine.Error {
	return &engine.Error{Kind: kind, Engine: name, Thing: c.base.String(), Query: r.query, Err: fmt.Errorf("%s: %w", r.asks, err)}
}

// again returns -1 for errors that would recur on every try, 0 for others.
func (c *client) again(err error) time.Duration {
	if certificate(err) != "" || errors.Is(err, http.ErrSchemeMismatch) || c.unknownHost(err) {
		return -1
	}
	return 0
}

// unreachable returns the error of a request without an answer.
func (c *client) unreachable(r request, err error) error {
	// The message of *url.Error repeats the address, which ends in a page's token.
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	messages := errors.New(c.words([]byte(err.Error())))
	if errors.Is(err, context.DeadlineExceeded) {
		messages = fmt.Errorf("no answer within %s", c.timeout) // the timeout of one request, not the caller's context
	}
	kind, help := engine.Transient, ""
	switch {
	case certificate(err) != "":
		kind, help = engine.Misconfigured, certificate(err)
	case errors.Is(err, http.ErrSchemeMismatch):
		kind, help = engine.Misconfigured, "the port does not use TLS: check port and scheme of the url"
	case c.unknownHost(err):
		kind, help = engine.Misconfigured, "no such host: check the url"
	}
	e := c.fault(r, kind, messages)
	e.Help = help
	return e
}

// unknownHost reports whether a host has never been known; a host that was reached before may come back.
func (c *client) unknownHost(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound && !c.reached.Load()
}

// certificate returns what to do about an untrusted server certificate, "" for other errors.
func certificate(err error) string {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &host):
		return "the certificate is for another name: use that name in the url"
	case errors.As(err, &authority):
		return "the certificate is signed by an untrusted authority: set ca_file to a file with its certificates"
	case errors.As(err, &invalid):
		return "the certificate is not valid: it may have expired"
	case errors.As(err, &verification):
		return "the certificate cannot be verified: check ca_file"
	case errors.As(err, &record):
		return "the port does not use TLS: check port and scheme of the url"
	case errors.As(err, &alert):
		return "the server refuses the TLS connection: it may require a client certificate, which is not supported"
	}
	return ""
}

// queryError is the error of a page: the members of the protocol's error that egret uses.
type queryError struct {
	Message   string
	ErrorName string
	ErrorType string
}

// Error returns the error's name and the server's message.
func (e *queryError) Error() string { return e.ErrorName + ": " + e.Message }

// kinds are the names of errors that are more precise than their types, as of Trino 476
// (io.trino.spi.StandardErrorCode, and the codes of the connectors hive and iceberg).
var kinds = map[string]engine.Kind{
	// The statement is too large for the compiler or for one query's memory: fewer rules in a statement need less of
	// both.
	"QUERY_EXCEEDED_COMPILER_LIMIT":             engine.TooComplex,
	"COMPILER_ERROR":                            engine.TooComplex,
	"QUERY_TEXT_TOO_LARGE":                      engine.TooComplex,
	"QUERY_HAS_TOO_MANY_STAGES":                 engine.TooComplex,
	"STACK_OVERFLOW":                            engine.TooComplex,
	"OPTIMIZER_TIMEOUT":                         engine.TooComplex,
	"EXCEEDED_LOCAL_MEMORY_LIMIT":               engine.TooComplex,
	"EXCEEDED_GLOBAL_MEMORY_LIMIT":              engine.TooComplex,
	"EXCEEDED_FUNCTION_MEMORY_LIMIT":            engine.TooComplex,
	"EXCEEDED_SPILL_LIMIT":                      engine.TooComplex,
	"EXCEEDED_TASK_DESCRIPTOR_STORAGE_CAPACITY": engine.TooComplex,
	"EXCEEDED_SCAN_LIMIT":                       engine.OverLimit,
	"EXCEEDED_TIME_LIMIT":                       engine.OverLimit,
	"EXCEEDED_CPU_LIMIT":                        engine.OverLimit,
	"HIVE_EXCEEDED_PARTITION_LIMIT":             engine.OverLimit,
	"HIVE_EXCEEDED_SPLIT_BUFFERING_LIMIT":       engine.OverLimit,
	"PERMISSION_DENIED":                         engine.Denied,
	"TABLE_NOT_FOUND":                           engine.Missing,
	"SCHEMA_NOT_FOUND":                          engine.Missing,
	"CATALOG_NOT_FOUND":                         engine.Missing,
	"NOT_FOUND":                                 engine.Missing,
	"MISSING_CATALOG_NAME":                      engine.Misconfigured,
	"MISSING_SCHEMA_NAME":                       engine.Misconfigured,
	"INVALID_SESSION_PROPERTY":                  engine.Misconfigured,
	"INVALID_RESOURCE_GROUP":                    engine.Misconfigured,
	"INCOMPATIBLE_CLIENT":                       engine.Misconfigured,
	"USER_CANCELED":                             engine.Cancelled,
	"ADMINISTRATIVELY_KILLED":                   engine.Cancelled,
	// Faults of the cluster.
	"ABANDONED_QUERY":                     engine.Transient,
	"ABANDONED_TASK":                      engine.Transient,
	"ADMINISTRATIVELY_PREEMPTED":          engine.Transient,
	"CLUSTER_OUT_OF_MEMORY":               engine.Transient,
	"QUERY_QUEUE_FULL":                    engine.Transient,
	"NO_NODES_AVAILABLE":                  engine.Transient,
	"REMOTE_TASK_ERROR":                   engine.Transient,
	"REMOTE_TASK_FAILED":                  engine.Transient,
	"REMOTE_TASK_MISMATCH":                engine.Transient,
	"REMOTE_HOST_GONE":                    engine.Transient,
	"REMOTE_BUFFER_CLOSE_FAILED":          engine.Transient,
	"TOO_MANY_REQUESTS_FAILED":            engine.Transient,
	"PAGE_TRANSPORT_ERROR":                engine.Transient,
	"PAGE_TRANSPORT_TIMEOUT":              engine.Transient,
	"CORRUPT_PAGE":                        engine.Transient,
	"SERIALIZATION_ERROR":                 engine.Transient,
	"SERVER_SHUTTING_DOWN":                engine.Transient,
	"SERVER_STARTING_UP":                  engine.Transient,
	"OUT_OF_SPILL_SPACE":                  engine.Transient,
	"CATALOG_UNAVAILABLE":                 engine.Transient,
	"CATALOG_NOT_AVAILABLE":               engine.Transient,
	"TRANSACTION_CONFLICT":                engine.Transient,
	"HIVE_METASTORE_ERROR":                engine.Transient,
	"HIVE_FILESYSTEM_ERROR":               engine.Transient,
	"HIVE_CANNOT_OPEN_SPLIT":              engine.Transient,
	"HIVE_CURSOR_ERROR":                   engine.Transient,
	"HIVE_FILE_NOT_FOUND":                 engine.Transient,
	"ICEBERG_FILESYSTEM_ERROR":            engine.Transient,
	"ICEBERG_CANNOT_OPEN_SPLIT":           engine.Transient,
	"ICEBERG_CURSOR_ERROR":                engine.Transient,
	"ICEBERG_CATALOG_ERROR":               engine.Transient,
	"HIVE_PARTITION_DROPPED_DURING_QUERY": engine.Transient,
	// The statement is valid, but a row of the table contains an unexpected value.
	"INVALID_CAST_ARGUMENT":        engine.BadValue,
	"INVALID_FUNCTION_ARGUMENT":    engine.BadValue,
	"DIVISION_BY_ZERO":             engine.BadValue,
	"NUMERIC_VALUE_OUT_OF_RANGE":   engine.BadValue,
	"SUBQUERY_MULTIPLE_ROWS":       engine.BadValue,
	"JSON_INPUT_CONVERSION_ERROR":  engine.BadValue,
	"JSON_OUTPUT_CONVERSION_ERROR": engine.BadValue,
	"PATH_EVALUATION_ERROR":        engine.BadValue,
}

// kind returns what can be done about an error.
func (e *queryError) kind() engine.Kind {
	if e.ErrorName == "SYNTAX_ERROR" && strings.Contains(e.Message, "statement is too large") {
		return engine.TooComplex // the parser's stack overflowed
	}
	if k, ok := kinds[e.ErrorName]; ok {
		if k == engine.Transient && storageDenied(e.Message) {
			return engine.Denied
		}
		return k
	}
	switch e.ErrorType {
	case "USER_ERROR":
		return engine.Invalid
	case "INSUFFICIENT_RESOURCES":
		return engine.Transient
	default:
		return engine.Other
	}
}

// storageDenied reports whether the cluster itself may not read a table's files: its connectors report that like other
// storage errors.
func storageDenied(message string) bool {
	message = strings.ToLower(message)
	return strings.Contains(message, "access denied") || strings.Contains(message, "accessdenied") || strings.Contains(message, "status code: 403")
}

// help returns what to do about an error.
func (e *queryError) help() string {
	switch {
	case e.ErrorName == "PERMISSION_DENIED" && strings.Contains(e.Message, "session property"):
		return "the user may not set this session property: under session set query_max_run_time and query_max_scan_physical_bytes to default, which leaves them to the cluster"
	case e.ErrorName == "PERMISSION_DENIED":
		return "ask the administrator of the cluster for permission to read the table"
	case e.kind() == engine.Denied:
		return "the cluster itself may not read the table's files: its own role or key needs that permission"
	case e.ErrorName == "MISSING_CATALOG_NAME" || e.ErrorName == "MISSING_SCHEMA_NAME":
		return "name the table as catalog.schema.table, or set catalog and schema"
	case e.ErrorName == "EXCEEDED_TIME_LIMIT":
		return "use shorter chunks (--slice), or raise time_limit"
	case e.ErrorName == "EXCEEDED_SCAN_LIMIT":
		return "use a shorter time range, or raise the budget"
	}
	return ""
}

// failed returns the error of a failed query.
func (c *client) failed(id string, e *queryError) *engine.Error {
	clean := &queryError{Message: c.words([]byte(e.Message)), ErrorName: c.words([]byte(e.ErrorName))}
	return &engine.Error{Kind: e.kind(), Engine: name, Query: id, Help: e.help(), Err: clean}
}
