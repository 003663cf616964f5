package event_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/event"
)

// TestActivitiesAreDivided reads activities of the Reports API, each with its own list of events, as lines, as a list
// and as an answer.
func TestActivitiesAreDivided(t *testing.T) {
	const (
		two = `{"kind":"admin#reports#activity","id":{"time":"2026-03-01T00:00:00Z","uniqueQualifier":"1","applicationName":"admin"},"actor":{"email":"a@example.com"},"events":[{"name":"X"},{"name":"Y"}]}`
		one = `{"kind":"admin#reports#activity","id":{"time":"2026-03-01T00:00:00Z","uniqueQualifier":"2","applicationName":"admin"},"actor":{"email":"a@example.com"},"events":[{"name":"Z"}]}`
	)
	for name, text := range map[string]string{
		"lines":  two + "\n" + one + "\n",
		"list":   "[" + two + "," + one + "]",
		"answer": `{"kind":"admin#reports#activities","items":[` + two + "," + one + "]}",
	} {
		path := filepath.Join(t.TempDir(), "log.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var got []string
		reader := event.NewReader(event.Options{})
		err := reader.Run(context.Background(), []string{path}, 1, func(_ int, b *event.Batch) error {
			for r := b.Next(); r != nil; r = b.Next() {
				_, events, _ := bytes.Cut(r.Raw, []byte(`"events":`))
				got = append(got, string(events))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{`[{"name":"X"}]}`, `[null,{"name":"Y"}]}`, `[{"name":"Z"}]}`}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if file := reader.Files()[0]; file.Events != 3 {
			t.Errorf("%s: the ledger counts %d events", name, file.Events)
		}
	}
}
