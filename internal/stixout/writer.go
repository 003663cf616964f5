package stixout

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/stix"
)

// epoch is the time of what has none.
var epoch = time.Unix(0, 0).UTC()

// A Writer writes one bundle as a stream, one object a line. Its memory grows with the number of different objects in 2.1, by
// some 60 bytes each, and not with observations.
type Writer struct {
	w       io.Writer
	version stix.Version
	owner   string
	ids     hash.Hash
	any     bool
	// written has the ids of objects in the bundle with a hash of their content.
	written map[string][8]byte
}

// NewWriter begins a bundle and writes its identity.
func NewWriter(w io.Writer, o Options) (*Writer, error) {
	identity := o.Identity
	if identity == nil {
		identity = Egret()
	}
	identity = maps.Clone(identity)
	for name, v := range map[string]any{"type": "identity", "name": "unnamed", "identity_class": "unknown", "created": timeText(epoch)} {
		if identity[name] == nil {
			identity[name] = v
		}
	}
	if identity["modified"] == nil {
		identity["modified"] = identity["created"]
	}
	if identity["id"] == nil {
		identity["id"] = formV4("identity--", fmt.Sprint(identity["name"]))
	}
	id, ok := identity["id"].(string)
	if !ok {
		return nil, errors.New("the id of the identity is no text")
	}
	out := &Writer{w: w, version: o.Version, owner: id, ids: sha256.New(), written: map[string][8]byte{}}
	start := `{"type": "bundle", `
	if o.Version == stix.V20 {
		start += `"spec_version": "2.0", `
		delete(identity, "spec_version")
	} else {
		identity["spec_version"] = "2.1"
	}
	if _, err := io.WriteString(w, start+`"objects": [`); err != nil {
		return nil, err
	}
	return out, out.put(identity)
}

// Close ends the bundle. It does not close the underlying writer.
func (w *Writer) Close() error {
	_, err := fmt.Fprintf(w.w, "\n], \"id\": %q}\n", formV4("bundle--", string(w.ids.Sum(nil))))
	return err
}

// put writes an object.
func (w *Writer) put(o map[string]any) error {
	var line bytes.Buffer
	if w.any {
		line.WriteByte(',')
	}
	w.any = true
	line.WriteByte('\n')
	if err := encode(&line, o); err != nil {
		return err
	}
	fmt.Fprintf(w.ids, "%v\n", o["id"])
	_, err := w.w.Write(line.Bytes())
	return err
}

// encode writes JSON with type and id first and the rest sorted.
func encode(out *bytes.Buffer, o map[string]any) error {
	names := slices.SortedFunc(maps.Keys(o), func(a, b string) int {
		if d := slices.Index(first, b) - slices.Index(first, a); d != 0 {
			return d
		}
		if d := len(a) - len(b); d != 0 && digit(a) && digit(b) {
			return d
		}
		return strings.Compare(a, b)
	})
	out.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			out.WriteString(", ")
		}
		key, err := marshal(name)
		if err != nil {
			return err
		}
		text, err := marshal(o[name])
		if err != nil {
			return err
		}
		out.Write(key)
		out.WriteString(": ")
		out.Write(text)
	}
	out.WriteByte('}')
	return nil
}

// digit says that a name is a number.
func digit(name string) bool { return name != "" && name[0] >= '0' && name[0] <= '9' }

// first are the properties that come first, the last one before the others.
var first = []string{"spec_version", "id", "type"}

func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	// Values of logs must not act on a terminal.
	return finding.EscapeUnsafe(bytes.TrimSuffix(out.Bytes(), []byte("\n"))), nil
}

// common returns a domain object with the properties that all of them have.
func (w *Writer) common(kind, content string, created time.Time) map[string]any {
	o := map[string]any{"type": kind, "id": formV4(kind+"--", content), "created_by_ref": w.owner, "created": millisText(created), "modified": millisText(created)}
	if w.version == stix.V21 {
		o["spec_version"] = "2.1"
	}
	return o
}

// millisText formats a time of creation, for which STIX wants milliseconds.
func millisText(t time.Time) string { return timeText(t.Truncate(time.Millisecond)) }

// timeText formats a time as STIX wants it: UTC with at least milliseconds. What is less than a microsecond is cut off, since the stix2
// library cannot read it.
func timeText(t time.Time) string {
	if t.IsZero() {
		t = epoch
	}
	t = t.UTC()
	if t.Nanosecond()/1000%1000 != 0 {
		return t.Format("2006-01-02T15:04:05.000000Z")
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}
