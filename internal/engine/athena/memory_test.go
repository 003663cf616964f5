package athena_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
)

// readerEnv makes the test binary read a result and print its memory use.
const readerEnv = "EGRET_TEST_READ_ROWS"

func TestMain(m *testing.M) {
	if os.Getenv(readerEnv) != "" {
		if err := readRows(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// readRows reads a result in a separate process, and prints its rows and its peak memory.
func readRows() error {
	e, err := athena.Open(context.Background(), athena.Options{})
	if err != nil {
		return err
	}
	q, err := e.Start(context.Background(), engine.Statement{SQL: "SELECT 1"})
	if err != nil {
		return err
	}
	var sum int
	stats, err := q.Read(context.Background(), engine.Result{Row: func(row []any) error {
		for _, cell := range row {
			if text, ok := cell.(string); ok {
				sum += len(text)
			}
		}
		return nil
	}})
	if err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Println(stats.Rows, sum, strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
		}
	}
	return nil
}

// TestMillionRowsInBoundedMemory checks that a million rows take no more memory than thousands.
func TestMillionRowsInBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a million rows take seconds")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("peak memory is read from /proc, which does not exist here")
	}
	const rows, limit = 1_000_000, 150 << 10 // kB
	cell := strings.Repeat("0123456789", 10)
	lake := athenatest.Start(t, athenatest.Options{Backend: athenatest.BackendFunc(func(context.Context, string) ([]athenatest.Column, athenatest.Rows, error) {
		row := []any{int64(0), cell, nil}
		return append(two[:2:2], athenatest.Column{Name: "nothing", Type: "varchar"}), func(yield func([]any, error) bool) {
			for n := range rows {
				if row[0] = int64(n); !yield(row, nil) {
					return
				}
			}
		}, nil
	})})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(append(os.Environ(), lake.Env()...), readerEnv+"=1")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got, sum, memory int
	if n, err := fmt.Sscan(string(out), &got, &sum, &memory); n != 3 {
		t.Fatalf("%v\n%s", err, out)
	}
	digits := 0
	for n := range rows {
		digits += len(strconv.Itoa(n))
	}
	if got != rows || sum != rows*len(cell)+digits {
		t.Errorf("got %d rows of %d bytes, want %d of %d", got, sum, rows, rows*len(cell)+digits)
	}
	if memory > limit {
		t.Errorf("got a peak of %d kB, want at most %d", memory, limit)
	}
	t.Logf("reading a million rows took %d kB", memory)
}
