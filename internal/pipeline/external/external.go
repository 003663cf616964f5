// Package external gets the lists of pipelines from URLs and commands. Only commands of egret that the user starts with
// --allow-external use it; nothing else imports it.
package external

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"

	"github.com/egret-hunt/egret/internal/pipeline"
)

// Source implements pipeline.External. It is safe for concurrent use.
type Source struct{}

// Fetch implements pipeline.External. It follows redirects, and takes answers with a status of 200 to 299.
func (Source) Fetch(ctx context.Context, r pipeline.Request, limit int64) ([]byte, error) {
	address, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	if len(r.Params) > 0 {
		address.RawQuery = strings.TrimPrefix(address.RawQuery+"&"+values(r.Params).Encode(), "&")
	}
	var body io.Reader
	kind := ""
	switch {
	case r.JSON != "":
		body, kind = strings.NewReader(r.JSON), "application/json"
	case r.Form != nil:
		body, kind = strings.NewReader(values(r.Form).Encode()), "application/x-www-form-urlencoded"
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, address.String(), body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	// Iteration order does not matter: headers are set by name.
	for name, value := range r.Headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, fmt.Errorf("%s answers %s", r.URL, response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s answers with more than %d bytes", r.URL, limit)
	}
	return text, err
}

func values(m map[string]string) url.Values {
	out := url.Values{}
	// Iteration order does not matter: values are set by name.
	for name, value := range m {
		out.Set(name, value)
	}
	return out
}

// Run implements pipeline.External.
func (Source) Run(ctx context.Context, command []string, shell bool, limit int64) ([]byte, error) {
	if shell {
		command = []string{"/bin/sh", "-c", command[0]}
	}
	out, faults := &limited{limit: limit}, &limited{limit: 4096}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the user allowed the commands of the pipeline
	cmd.Stdout, cmd.Stderr = out, faults
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("the command %s takes too long", command[0])
	case out.full:
		return nil, fmt.Errorf("the command %s writes more than %d bytes", command[0], limit)
	case err != nil:
		return nil, errors.Join(fmt.Errorf("the command %s: %w", command[0], err), said(faults.text.String()))
	}
	return out.text.Bytes(), nil
}

func said(text string) error {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return errors.New(text)
}

// limited keeps what is written up to a limit and drops the rest.
type limited struct {
	text  bytes.Buffer
	limit int64
	full  bool
}

func (l *limited) Write(p []byte) (int, error) {
	if int64(l.text.Len()+len(p)) > l.limit {
		l.full = true
	} else {
		l.text.Write(p)
	}
	return len(p), nil
}
