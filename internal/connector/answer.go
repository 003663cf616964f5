package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/redact"
)

// maxAnswer is how long an answer may be in bytes.
const maxAnswer = 1 << 30

// An Answer is what a call prints.
type Answer struct{ value any }

// JSON returns the answer as Python's json.dumps with four blanks prints it, with a line feed.
func (a Answer) JSON() (string, error) {
	text, err := pyprint.JSON(a.value, pyprint.JSONOptions{Indent: 4, HasIndent: true}, maxAnswer)
	return text + "\n", err
}

// Failed reports whether the answer says that the call failed.
func (a Answer) Failed() bool {
	d, ok := a.value.(*pyprint.Dict)
	if !ok {
		return false
	}
	success, ok := d.Get("success")
	return ok && success == false
}

// An Error is an error with its code.
type Error struct {
	// Code is as docs/stix.md lists them, such as "mapping_error".
	Code string
	// Message is the text behind "aws_athena connector error => ".
	Message string
}

// Error returns the message.
func (f *Error) Error() string { return f.Message }

func faultf(word, format string, args ...any) *Error {
	return &Error{word, fmt.Sprintf(format, args...)}
}

// The codes.
const (
	codeMapping        = "mapping_error"
	codeNotImplemented = "not_implemented"
	codeTranslation    = "translation_error"
	codeUnavailable    = "service_unavailable"
	codeParameter      = "invalid_parameter"
	codeAuthentication = "authentication_fail"
	codeQuery          = "invalid_query"
	codeUnknown        = "unknown"
)

// callCodes are the codes for those of the services.
var callCodes = map[string]string{
	"InternalServerException": codeUnavailable,
	"InvalidRequestException": codeParameter, "ParamValidationError": codeParameter, "InvalidParameterException": codeParameter,
	"TooManyRequestsException": codeQuery,
	"AccessDeniedException":    codeAuthentication, "AccessDenied": codeAuthentication, "ClientError": codeAuthentication,
	"InvalidClientTokenId": codeAuthentication, "SignatureDoesNotMatch": codeAuthentication, "ValidationError": codeAuthentication,
	"UnrecognizedClientException": codeAuthentication, "ExpiredToken": codeAuthentication, "ExpiredTokenException": codeAuthentication,
	"NoCredentials": codeAuthentication,
}

// text returns the message as boto3 writes it.
func (e *CallError) text() string {
	switch {
	case e.Address != "":
		return fmt.Sprintf("Could not connect to the endpoint URL: %q", e.Address)
	case e.Code == "" || e.Code == "NoCredentials" || e.Operation == "DeleteObjects":
		return e.Message
	}
	text := fmt.Sprintf("An error occurred (%s) when calling the %s operation: %s", e.Code, e.Operation, e.Message)
	if e.Operation == "AssumeRole" {
		// The connector prints a Python tuple here, and scripts may look for it.
		return "(" + pyprint.QuoteString(text) + ",)"
	}
	return text
}

// faultOf returns the fault of a failed call.
func faultOf(err error) *Error {
	var f *Error
	var call *CallError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &call):
		code := codeUnknown
		if known, ok := callCodes[call.Code]; ok {
			code = known
		} else if call.Code != "" {
			code = codeAuthentication // any other error of boto3 is a ClientError
		}
		if call.Address != "" {
			code = codeUnavailable
		}
		return &Error{code, call.text()}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{codeUnavailable, "no answer within the time that options.timeout allows"}
	}
	return &Error{codeUnknown, err.Error()}
}

// Refuse returns the answer of a failed call.
func Refuse(err error) Answer {
	f := faultOf(err)
	return Answer{pyprint.NewDict("success", false, "connector", Module, "code", f.Code, "error", Module+" connector error => "+redact.Text(f.Message))}
}

// succeed returns an answer with success and more pairs of keys and values.
func succeed(pairs ...any) Answer {
	return Answer{pyprint.NewDict(append([]any{"success", true}, pairs...)...)}
}

// Without returns the answer with secrets removed from its message.
func (a Answer) Without(secrets ...string) Answer {
	d, ok := a.value.(*pyprint.Dict)
	if !ok {
		return a
	}
	v, _ := d.Get("error")
	message, ok := v.(string)
	if !ok {
		return a
	}
	for _, secret := range secrets {
		if secret != "" {
			message = strings.ReplaceAll(message, secret, redact.Stars)
		}
	}
	d.Set("error", message)
	return a
}

// decode reads JSON text and keeps the order of keys. Numbers become int64, *big.Int or float64.
func decode(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := decodeValue(d, 0)
	if err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("text behind the end")
	}
	if _, err := d.Token(); err == nil {
		return nil, errors.New("text behind the end")
	}
	return v, nil
}

// maxDepth is how deep JSON may be nested, as deep as it can be printed.
const maxDepth = 150

func decodeValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("JSON is nested too deeply")
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			list := pyprint.NewList()
			for d.More() {
				v, err := decodeValue(d, depth+1)
				if err != nil {
					return nil, err
				}
				list.Items = append(list.Items, v)
			}
			_, err := d.Token()
			return list, err
		}
		dict := &pyprint.Dict{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			dict.Set(key.(string), v) //nolint:errcheck // keys of JSON are texts
		}
		_, err := d.Token()
		return dict, err
	case json.Number:
		return number(token.String()), nil
	}
	return token, nil
}

// number returns a number of JSON as Python reads it.
func number(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if !strings.ContainsAny(text, ".eE") {
		if n, ok := new(big.Int).SetString(text, 10); ok {
			return n
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return f
}

// plain returns a value as encoding/json decodes it with UseNumber.
func plain(v any) any {
	switch v := v.(type) {
	case *pyprint.List:
		out := make([]any, len(v.Items))
		for i, e := range v.Items {
			out[i] = plain(e)
		}
		return out
	case *pyprint.Dict:
		out := make(map[string]any)
		for _, e := range v.Entries() {
			if key, ok := e.Key.(string); ok {
				out[key] = plain(e.Value)
			}
		}
		return out
	case int64:
		return json.Number(strconv.FormatInt(v, 10))
	case *big.Int:
		return json.Number(v.String())
	case float64:
		return json.Number(pyprint.Float(v))
	}
	return v
}
