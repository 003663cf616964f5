package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/convert"
)

// convertFormat is one way to write queries as text.
type convertFormat struct {
	name, help string
	// end stands behind a query, between stands before the next.
	end, between string
}

// convertFormats are the formats of SQL, the default first.
var convertFormats = []convertFormat{
	{"default", "statements, each ended by a semicolon", ";\n", "\n"},
	{"bare", "statements without semicolons, for drivers and for the Athena API", "\n", "\n"},
}

func convertFormatNames() []string {
	var names []string
	for _, f := range convertFormats {
		names = append(names, f.name)
	}
	return names
}

// text is a query in the format.
func (f convertFormat) text(query string) string { return strings.TrimRight(query, "\n") + f.end }

// checkOutput tells the folder that -o names, "" for a file or stdout, and checks that a file can be written.
func (f *convertFlags) checkOutput() (string, error) {
	if strings.HasPrefix(extensions[strings.ToLower(filepath.Ext(f.output))], "json") {
		f.json = true // as its name says
	}
	info, err := os.Stat(f.output)
	isFolder := f.output != "" && (strings.HasSuffix(f.output, "/") || strings.HasSuffix(f.output, string(os.PathSeparator)) || err == nil && info.IsDir())
	if !isFolder {
		if err := tryOutput(f.output); err != nil {
			return "", err
		}
		return "", nil
	}
	if f.json {
		return "", usage("the folder gets a manifest.json", errors.New("--json does not go with a folder"))
	}
	return f.output, nil
}

// guard keeps an output from taking the place of rules and schemas.
func (f *convertFlags) guard(l *loaded, output string) error {
	g, err := guardOutputs([2]string{"-o", output})
	if err != nil {
		return err
	}
	if f.schemaFolder != "" {
		if err := g.inputs(f.schemaFolder); err != nil {
			return err
		}
	}
	return g.rules(l.set, l.configPath)
}

// convertedRule is one line of --json.
type convertedRule struct {
	ID    string `json:"rule_id"`
	Path  string `json:"path"`
	Title string `json:"title"`
	// Query is nil for a rule that was refused, and Error for one that was not.
	Query  *string `json:"query,omitempty"`
	Error  *string `json:"error,omitempty"`
	Reason string  `json:"reason,omitempty"`
	// Pack numbers the statements of --pack; rules of one have its text.
	Pack     int      `json:"pack,omitempty"`
	Fields   []string `json:"fields"`
	Unmapped []string `json:"unmapped"`
}

func converted(r *convert.Result) convertedRule {
	c := convertedRule{ID: r.ID, Path: r.Path, Title: r.Title, Reason: r.Reason(), Pack: r.Pack, Fields: r.Fields, Unmapped: r.Unmapped}
	if r.Query != "" {
		query := strings.TrimRight(r.Query, "\n")
		c.Query = &query
	} else {
		fault := r.Fault()
		c.Error = &fault
	}
	if c.Fields == nil {
		c.Fields = []string{}
	}
	if c.Unmapped == nil {
		c.Unmapped = []string{}
	}
	return c
}

// writeOutcome writes the queries. A file or folder appears as a whole or not at all.
func (a *app) writeOutcome(ctx context.Context, f *convertFlags, p *convertPlan, l *loaded, outcome *convert.Outcome) error {
	if p.folder != "" {
		return a.writeFolder(ctx, f, p, l, outcome)
	}
	none := !slices.ContainsFunc(outcome.Results, func(r convert.Result) bool { return r.Query != "" })
	if none && !f.json {
		return nil // an empty file would take the place of one that may be of use
	}
	out, err := openOutput(ctx, f.output, a.stdout)
	if err != nil {
		return err
	}
	write := writeQueries
	if f.json {
		write = writeObjects
	}
	if err := write(out, p.format, outcome.Results); err != nil {
		return errors.Join(err, out.abandon())
	}
	return out.close()
}

func writeQueries(w io.Writer, format convertFormat, results []convert.Result) error {
	first := true
	for i := range results {
		if results[i].Query == "" || packedBefore(results, i) {
			continue
		}
		between := format.between
		if first {
			between = ""
		}
		first = false
		for _, part := range []string{between, strings.TrimRight(results[i].Query, "\n"), format.end} {
			if _, err := io.WriteString(w, part); err != nil {
				return err
			}
		}
	}
	return nil
}

// packedBefore tells whether an earlier result has the same statement.
func packedBefore(results []convert.Result, i int) bool {
	return results[i].Pack > 0 && slices.IndexFunc(results, func(r convert.Result) bool { return r.Pack == results[i].Pack }) < i
}

func writeObjects(w io.Writer, _ convertFormat, results []convert.Result) error {
	encoder := newJSONEncoder(w)
	for i := range results {
		if err := encoder.Encode(converted(&results[i])); err != nil {
			return err
		}
	}
	return nil
}
