package athena_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
)

func partitioned(partitions ...string) athenatest.Options {
	return athenatest.Options{Backend: fixed(two), Tables: []athenatest.Table{{Database: "logs", Name: "trail", PartitionKeys: []athenatest.Column{{Name: "day", Type: "string"}},
		Partitions: partitions}}}
}

func TestPartitionsAreListedForFree(t *testing.T) {
	o := partitioned("day=2026-02-07", "day=2026-02-06")
	o.Scanned = func(string) int64 { return 20 << 20 }
	lake := athenatest.Start(t, o)
	e := open(t, lake, athena.Options{})
	list, err := e.Partitions(t.Context(), "logs.trail", []string{"day"})
	if err != nil || len(list) != 1 || !slices.Equal(list[0].Values, []string{"2026-02-06", "2026-02-07"}) {
		t.Errorf("got %+v (error %v)", list, err)
	}
	for _, q := range lake.Queries() {
		if q.ScannedBytes != 0 {
			t.Errorf("got %d bytes read by %s, want none", q.ScannedBytes, q.SQL)
		}
	}
}

// TestListOfPartitionsIsStopped checks that the end of the context stops the query on the server.
func TestListOfPartitionsIsStopped(t *testing.T) {
	lake := athenatest.Start(t, partitioned("day=2026-02-06"))
	e := open(t, lake, athena.Options{})
	lake.Hold()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := e.Partitions(ctx, "logs.trail", []string{"day"})
		done <- err
	}()
	for deadline := time.Now().Add(time.Minute); lake.Count("athena:GetQueryExecution") == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no query was polled")
		}
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("got no error")
	}
	for _, q := range lake.Queries() {
		if q.State != "CANCELLED" {
			t.Errorf("%s: got state %s, want CANCELLED", q.SQL, q.State)
		}
	}
}

// TestLongListOfPartitionsIsAnError checks that a table whose list is too long to read does not count as one without
// partitions.
func TestLongListOfPartitionsIsAnError(t *testing.T) {
	const long = 17 << 20 / 500
	partitions := make([]string, long)
	for i := range partitions {
		partitions[i] = fmt.Sprintf("day=%06d%s", i, strings.Repeat("x", 500))
	}
	e := open(t, athenatest.Start(t, partitioned(partitions...)), athena.Options{})
	list, err := e.Partitions(t.Context(), "logs.trail", []string{"day"})
	if err == nil || engine.KindOf(err) == engine.Transient || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("got %d columns (error %v), want an error", len(list), err)
	}
}
