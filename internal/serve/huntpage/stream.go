package huntpage

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/egret-hunt/egret/internal/serve/guard"
)

// tick is how often progress is sent.
const tick = 400 * time.Millisecond

// progress streams the record of a hunt until it has ended (server-sent events). Whoever reads the stream watches the hunt: when the
// last one has left, the hunt is stopped.
func (p *page) progress(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if _, err := p.store.Get(id); err != nil {
		fail(w, r, err)
		return
	}
	ended, leave := p.store.Watch(id)
	defer leave()
	control := http.NewResponseController(w)
	// The stream takes as long as the hunt.
	if control.SetWriteDeadline(time.Time{}) != nil || control.SetReadDeadline(time.Time{}) != nil {
		guard.Refuse(w, r, http.StatusNotImplemented, "this connection cannot stream", "")
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for over := false; ; {
		record, err := p.store.Get(id)
		if err != nil {
			return // it was deleted
		}
		record.Answer, record.Ledger = "", ""
		text, err := json.Marshal(record)
		if err != nil {
			panic("egret bug: " + err.Error())
		}
		name := "progress"
		if over {
			name = "end"
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, text); err != nil || control.Flush() != nil || over {
			return
		}
		select {
		case <-ended:
			over = true
		case <-ticker.C:
		case <-r.Context().Done():
			return
		}
	}
}

// report shows the report in HTML under the policy that its own script and style need.
func (p *page) report(w http.ResponseWriter, r *http.Request) {
	record, err := p.store.Get(r.PathValue("id"))
	if err != nil {
		fail(w, r, err)
		return
	}
	f, _, err := p.store.Result(record.ID, "html")
	if err != nil {
		fail(w, r, err)
		return
	}
	defer f.Close()
	w.Header().Set("Content-Security-Policy", record.Policy+"; frame-ancestors 'none'; sandbox allow-scripts allow-downloads")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	stream(w, f)
}

// kinds are the content types of formats; the others are plain text.
var kinds = map[string]string{
	"html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8", "json": "application/json", "jsonl": "application/x-ndjson",
	"timesketch": "application/x-ndjson", "stix": "application/json", "stix-2.0": "application/json", "markdown": "text/markdown; charset=utf-8",
}

// endings are the endings of file names by format; the others end in .txt.
var endings = map[string]string{
	"html": ".html", "csv": ".csv", "json": ".json", "jsonl": ".jsonl", "timesketch": ".timesketch.jsonl", "stix": ".stix.json",
	"stix-2.0": ".stix-2.0.json", "markdown": ".md",
}

// result sends the result in a format as a file to save.
func (p *page) result(w http.ResponseWriter, r *http.Request) {
	id, format := r.PathValue("id"), r.PathValue("format")
	f, packed, err := p.store.Result(id, format)
	if err != nil {
		fail(w, r, err)
		return
	}
	defer f.Close()
	kind, ok := kinds[format]
	if !ok {
		kind = "text/plain; charset=utf-8"
	}
	ending, ok := endings[format]
	if !ok {
		ending = "." + format + ".txt"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=\"egret-%s%s\"", id, ending))
	if !packed {
		stream(w, f)
		return
	}
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		stream(w, f)
		return
	}
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		fail(w, r, err)
		return
	}
	stream(w, unpacked)
}

// stallTime is how long a client may take for a part of a file.
const stallTime = 30 * time.Second

// stream sends a file of any size, as long as the client goes on reading.
func stream(w http.ResponseWriter, r io.Reader) {
	control := http.NewResponseController(w)
	part := make([]byte, 64<<10)
	for {
		n, err := r.Read(part)
		if n > 0 {
			if control.SetWriteDeadline(time.Now().Add(stallTime)) != nil { //nolint:forbidigo // a deadline of the network
				return
			}
			if _, err := w.Write(part[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
