// Package peertest compares the queries of text targets with those that sigma-cli writes, which the public test data has.
//
// Compare converts the rules of one of the peers' files and returns the differences. Tests ask for a share of equal queries, and
// egret-dev lists the differences.
package peertest

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert/textconvert"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/textgen"
)

// A Case is one of the peers' files: what the rules were converted to.
type Case struct {
	// File is the name in the folder peers, without extension.
	File, Target, Format string
	// Pipelines are names of embedded pipelines, or files in the folder peers.
	Pipelines []string
}

// Cases are the peers' files of text targets, sorted by file.
var Cases = []Case{
	{"carbonblack", "carbonblack", "default", nil},
	{"cortexxdr", "cortexxdr", "default", nil},
	{"eql", "eql", "default", nil},
	{"eql_ecs_windows", "eql", "default", []string{"ecs_windows"}},
	{"esql_ecs_windows", "esql", "default", []string{"ecs_windows"}},
	{"kusto_azure_monitor", "kusto", "default", []string{"azure_monitor"}},
	{"kusto_microsoft_xdr", "kusto", "default", []string{"microsoft_xdr"}},
	{"kusto_sentinel_asim", "kusto", "default", []string{"sentinel_asim"}},
	{"logscale", "log_scale", "default", nil},
	{"logscale_crowdstrike_fdr", "log_scale", "default", []string{"crowdstrike_fdr"}},
	{"loki", "loki", "default", nil},
	{"loki_grafana_logfmt", "loki", "default", []string{"loki_grafana_logfmt"}},
	{"loki_okta_system_log", "loki", "default", []string{"loki_okta_system_log"}},
	{"loki_promtail_sysmon", "loki", "default", []string{"loki_promtail_sysmon"}},
	{"lucene", "lucene", "default", nil},
	{"lucene_ecs_kubernetes", "lucene", "default", []string{"ecs_kubernetes"}},
	{"lucene_ecs_macos_esf", "lucene", "default", []string{"macos_esf_first.yml", "ecs_macos_esf"}},
	{"lucene_ecs_windows", "lucene", "default", []string{"ecs_windows"}},
	{"lucene_ecs_zeek_beats", "lucene", "default", []string{"ecs_zeek_beats"}},
	{"lucene_ecs_zeek_corelight", "lucene", "default", []string{"ecs_zeek_corelight"}},
	{"lucene_sysmon", "lucene", "default", []string{"sysmon"}},
	{"opensearch_lucene_ecs_windows", "opensearch_lucene", "default", []string{"ecs_windows"}},
	{"opensearch_ppl", "open_search_ppl", "default", nil},
	{"quickwit", "quickwit", "default", nil},
	{"quickwit_windows", "quickwit", "default", []string{"quickwit_windows"}},
	{"secops_udm", "secops", "default", nil},
	{"splunk", "splunk", "default", nil},
	{"splunk_cim", "splunk", "data_model", []string{"splunk_cim"}},
	{"splunk_savedsearches", "splunk", "savedsearches", []string{"splunk_windows"}},
	{"splunk_sysmon_acceleration", "splunk", "default", []string{"sysmon", "splunk_sysmon_acceleration"}},
	{"splunk_windows", "splunk", "default", []string{"splunk_windows"}},
}

// A Difference is a rule whose query is not the peer's. Got is "" for a rule that egret refuses; Why then has the reason. Fault is
// what is wrong with the peer's query, "" where that is not known.
type Difference struct{ Rule, Got, Want, Why, Fault string }

// A Comparison is the result of comparing a file. Rules that the peer refuses or loses do not count among All.
type Comparison struct {
	Equal, All int
	// Listed is the number of differences in which the peer's query has a fault that the pages of targets list.
	Listed      int
	Differences []Difference
	// Gained is the number of rules that egret converts and the peer does not.
	Gained int
}

// Percent returns the share of equal queries.
func (c *Comparison) Percent() float64 { return 100 * float64(c.Equal) / float64(max(c.All, 1)) }

// PercentListed returns the share of queries that are equal, or where the peer's has a fault that is listed.
func (c *Comparison) PercentListed() float64 {
	return 100 * float64(c.Equal+c.Listed) / float64(max(c.All, 1))
}

// Missing returns a reason why a case cannot be compared: an embedded pipeline or a target does not exist. It returns "" if it
// can.
func (c *Case) Missing() string {
	if textgen.FindTarget(c.Target) == nil {
		return "there is no target " + c.Target
	}
	for _, name := range c.Pipelines {
		if !strings.HasSuffix(name, ".yml") && pipeline.Embedded(name) == nil {
			return "there is no pipeline " + name
		}
	}
	return ""
}

// folders are those of SigmaHQ's rules that the peers converted.
var folders = []string{"rules", "rules-emerging-threats", "rules-threat-hunting"}

// chosen is a folder with some of its files.
type chosen struct {
	fs.FS

	folder string
	files  map[string]bool // by their paths with the folder
}

// ReadDir implements fs.ReadDirFS.
func (c chosen) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(c.FS, name)
	return slices.DeleteFunc(list, func(e fs.DirEntry) bool { return !e.IsDir() && !c.files[path.Join(c.folder, name, e.Name())] }), err
}

// few is the number of queries in a file of peers of which all are compared: some pipelines are for a handful of rules.
const few = 200

// choose keeps one of every n peers with a query, by the names of their rules, or all of them if there are few.
func choose(peers []peer, n int) []peer {
	if n == 1 {
		return peers
	}
	peers = slices.DeleteFunc(peers, func(p peer) bool { return !p.has() })
	if len(peers) <= few {
		return peers
	}
	return slices.DeleteFunc(peers, func(p peer) bool { return crc32.ChecksumIEEE([]byte(p.Rule))%uint32(n) != 0 })
}

// Compare converts the rules of a case. shared is the folder of the public test data. If n is not 1, it converts about one of every n of
// the rules that the peer converts, and all of these if there are few.
func Compare(ctx context.Context, shared string, c Case, n int) (*Comparison, error) {
	peers, err := readPeers(filepath.Join(shared, "peers", c.File+".jsonl.gz"))
	if err != nil {
		return nil, err
	}
	backend, err := textgen.FindTarget(c.Target).Backend(textgen.Options{})
	if err != nil {
		return nil, err
	}
	format := backend.Spec.FormatByName(c.Format)
	if format == nil {
		return nil, fmt.Errorf("%s has no format %s", c.Target, c.Format)
	}
	names := make([]string, len(c.Pipelines))
	for i, name := range c.Pipelines {
		names[i] = name
		if strings.HasSuffix(name, ".yml") {
			names[i] = filepath.Join(shared, "peers", name)
		}
	}
	chain, err := Chain(c.Target, c.Format, names)
	if err != nil {
		return nil, err
	}
	peers = choose(peers, n)
	files := map[string]bool{}
	for _, p := range peers {
		files[p.Rule] = true
	}
	transform, made := chain.Recording()
	var load []ruleset.Folder
	for _, f := range folders {
		folder := ruleset.Folder{Name: f, FS: os.DirFS(filepath.Join(shared, "data/sigmahq", f))}
		if n != 1 {
			folder.FS = chosen{folder.FS, f, files}
		}
		load = append(load, folder)
	}
	set, list, err := ruleset.Load(ctx, load, ruleset.Options{
		Open: true, Schemas: []*schema.Schema{schema.Generic()}, Transform: transform, Statuses: []string{"deprecated", "unsupported"},
	})
	if err != nil {
		return nil, err
	}
	outcome := textconvert.All(set, list, textconvert.Options{Backend: backend, Format: format, Processed: made()})
	values, reasons := map[string][]any{}, map[string]string{}
	for i := range outcome.Results {
		r := &outcome.Results[i]
		values[r.Path] = append(values[r.Path], r.Values...)
		reasons[r.Path] += r.Fault()
	}
	out := &Comparison{}
	for _, p := range peers {
		got := ""
		if len(values[p.Rule]) > 0 {
			got = backend.Join(format, values[p.Rule], 0)
		}
		if !p.has() {
			if got != "" {
				out.Gained++
			}
			continue
		}
		want, err := p.text()
		if err != nil {
			return nil, err
		}
		out.All++
		if got == want {
			out.Equal++
			continue
		}
		fault := listed(c.Target, got, want)
		if fault != "" {
			out.Listed++
		}
		out.Differences = append(out.Differences, Difference{p.Rule, got, want, reasons[p.Rule], fault})
	}
	return out, nil
}

// Chain returns the chain of pipelines with that of the target itself, nil for none.
func Chain(target, format string, names []string) (*pipeline.Chain, error) {
	if t := textgen.FindTarget(target); t.Pipeline != "" {
		names = append([]string{t.Pipeline}, names...)
	}
	if len(names) == 0 {
		return nil, nil
	}
	pipelines, list, err := pipeline.Find(names, target, nil)
	if err != nil {
		return nil, err
	}
	if list.HasErrors() {
		return nil, fmt.Errorf("%v", list)
	}
	return pipeline.NewChain(map[string]any{"backend": target, "output_format": format}, pipelines...), nil
}

// A peer is a line of a peers' file: the queries of a rule, or the reason why it has none.
type peer struct {
	Rule    string          `json:"rule"`
	Queries json.RawMessage `json:"queries"`
	Error   string          `json:"error"`
}

// has reports whether the peer converted the rule.
func (p *peer) has() bool { return p.Error == "" && string(p.Queries) != "[]" }

// text returns the queries of a line as the output has them, without its last line break.
func (p *peer) text() (string, error) {
	var list []string
	if json.Unmarshal(p.Queries, &list) == nil {
		return strings.Join(list, "\n\n"), nil
	}
	var one string
	err := json.Unmarshal(p.Queries, &one)
	return one, err
}

func readPeers(path string) ([]peer, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	var peers []peer
	scanner := bufio.NewScanner(unzipped)
	scanner.Buffer(nil, 1<<22)
	for scanner.Scan() {
		var p peer
		if err := json.Unmarshal(scanner.Bytes(), &p); err != nil {
			return nil, err
		}
		peers = append(peers, p)
	}
	return peers, scanner.Err()
}

// A File is a case of the peers' folders hard and correlations: a file of rules, and the output for each target.
type File struct {
	Name    string            `json:"name"`
	Rule    string            `json:"rule"`
	Outputs map[string]Output `json:"outputs"`
	Note    string            `json:"note"`
}

// An Output is standard output, or an error if there is none.
type Output struct {
	Output *string         `json:"output"`
	Error  json.RawMessage `json:"error"`
}

// ReadFiles returns the cases of a folder, sorted by name.
func ReadFiles(folder string) ([]File, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	var files []File
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var f File
		if err := json.Unmarshal(text, &f); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		files = append(files, f)
	}
	return files, nil
}

// ConvertText returns the output for a text of rules, and the diagnostics of the rules that have no query.
func ConvertText(ctx context.Context, text string, backend *textgen.Backend, format string) (string, diag.List, error) {
	set, list, err := ruleset.Load(ctx, []ruleset.Folder{{FS: memory{text}}}, ruleset.Options{
		Open: true, Schemas: []*schema.Schema{schema.Generic()},
	})
	if err != nil {
		return "", nil, err
	}
	f := backend.Spec.FormatByName(format)
	outcome := textconvert.All(set, list, textconvert.Options{Backend: backend, Format: f})
	var values []any
	var faults diag.List
	for i := range outcome.Results {
		values = append(values, outcome.Results[i].Values...)
		faults = append(faults, outcome.Results[i].Diagnostics...)
	}
	if len(values) == 0 {
		return "", faults, nil
	}
	return backend.Join(f, values, 0) + "\n", faults, nil
}

// Write lists the differences of a case, at most limit if it is not 0.
func Write(w io.Writer, c Case, result *Comparison, limit int) {
	for i, d := range result.Differences {
		if limit > 0 && i == limit {
			fmt.Fprintf(w, "and %d more\n", len(result.Differences)-limit)
			break
		}
		fmt.Fprintf(w, "%s\n  want %q\n  got  %q\n", d.Rule, d.Want, d.Got)
		if d.Why != "" {
			fmt.Fprintf(w, "  why  %s\n", d.Why)
		}
		if d.Fault != "" {
			fmt.Fprintf(w, "  the peer's: %s\n", d.Fault)
		}
	}
	fmt.Fprintf(w, "%s: %d of %d equal, %.2f %%; equal or listed as a fault of the peer %.2f %%; %d more than the peer converts\n",
		c.File, result.Equal, result.All, result.Percent(), result.PercentListed(), result.Gained)
}
