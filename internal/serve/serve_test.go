package serve_test

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/serve"
	"github.com/egret-hunt/egret/internal/serve/workspace"
	"github.com/egret-hunt/egret/internal/setup"
)

// work returns a workspace without a configuration.
func work() *workspace.Workspace {
	return &workspace.Workspace{
		Config: &setup.Config{Settings: &config.Config{}}, Schemas: schema.All(), Version: "test",
		Now: func() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) },
	}
}

// start runs a server on a free port and returns its address and a function that stops it and waits.
func start(t *testing.T, opt serve.Options) (string, func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	started, ended := make(chan string, 1), make(chan error, 1)
	opt.Listen, opt.Started = "127.0.0.1:0", func(address string) { started <- address }
	if opt.Log == nil {
		opt.Log = func(text string) { t.Errorf("the server complains: %s", text) }
	}
	go func() { ended <- serve.Run(ctx, work(), opt) }()
	stop := func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the server ended with %v", err)
			}
			ended <- nil
		case <-time.After(20 * time.Second):
			t.Fatal("the server does not stop")
		}
	}
	t.Cleanup(stop)
	select {
	case address := <-started:
		return address, stop
	case err := <-ended:
		t.Fatal(err)
		return "", nil
	}
}

// After it has stopped no goroutine of the server is left, even with open connections.
func TestStopLeavesNothing(t *testing.T) {
	address, stop := start(t, serve.Options{})
	client := &http.Client{Transport: &http.Transport{}}
	for _, path := range []string{"", "convert", "api/v2/targets"} {
		response, err := client.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusOK || len(text) == 0 {
			t.Errorf("/%s: got %d", path, response.StatusCode)
		}
	}
	stop()
	client.CloseIdleConnections()
	for range 50 {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !strings.Contains(string(stacks), "net/http.(*conn)") && !strings.Contains(string(stacks), "internal/serve.") && !strings.Contains(string(stacks), "net/http.(*Server)") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("goroutines are left:\n%s", stacks[:runtime.Stack(stacks, true)])
}
