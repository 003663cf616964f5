package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// benchLake measures what hunts cost the Trino server at EGRET_TRINO, from the server's own statistics. The table is
// made of Parquet files that repeat the public logs ten times, spread over sixty days. The server drops the table when
// it ends.
func benchLake(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("egret-dev bench-lake", flag.ContinueOnError)
	flags.SetOutput(stderr)
	egret := flags.String("egret", "bin/egret", "program to measure")
	if err := flags.Parse(args); err != nil {
		return err
	}
	address := os.Getenv("EGRET_TRINO")
	if address == "" {
		return errors.New("bench-lake: EGRET_TRINO is not set, expected the address of a Trino server (egret-dev trino sets it)")
	}
	shared := os.Getenv("EGRET_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "shared")
	}
	logs, rules := filepath.Join(shared, "data", "sans504"), filepath.Join(shared, "data", "sigmahq", "rules", "cloud", "aws")
	if _, err := os.Stat(logs); err != nil {
		return fmt.Errorf("bench-lake: public test data is absent: %w (set EGRET_SHARED to its folder)", err)
	}
	folder, err := os.MkdirTemp("", "egret-bench-lake-")
	if err != nil {
		return fmt.Errorf("bench-lake: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	b := &lakeBench{egret: *egret, address: strings.TrimSuffix(address, "/"), folder: folder, logs: logs, stderr: stderr}
	if err := b.run(context.Background(), rules, stdout); err != nil {
		return fmt.Errorf("bench-lake: %w", err)
	}
	return nil
}

// lakeBench is the table, and a file with the same events.
type lakeBench struct {
	egret, address, folder, logs string
	stderr                       io.Writer
	file                         string
	bytes                        int64 // size of the table's files
}

// lakeTable is the name of the table; lakeProfile is its layout.
const lakeTable, lakeProfile = "hive.bench.trail", "cloudtrail/athena"

// These are the goals.
const (
	lakeQueries                = 12
	lakeBothCPU, lakePublicCPU = 15 * time.Second, 2 * time.Second
	lakeBytes                  = 1.3 // times the table's
)

func (b *lakeBench) run(ctx context.Context, rules string, stdout io.Writer) error {
	if err := b.load(ctx); err != nil {
		return err
	}
	config := fmt.Sprintf("lakes:\n  bench:\n    engine: trino\n    url: %s\n    user: bench\n    tables:\n      cloudtrail: {table: %s, layout: athena}\n", b.address, lakeTable)
	if err := os.WriteFile(filepath.Join(b.folder, "egret.yaml"), []byte(config), 0o600); err != nil {
		return err
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "rules\tqueries\tCPU\tplanning\tread\tof the table\trows\tfindings\twall\tverdict")
	for _, c := range []struct {
		name    string
		cpu     time.Duration
		folders []string
	}{
		// The server compiles code on first use, so a first run warms it up and is not measured.
		{"(warms up)", 0, []string{"starter", rules}},
		{"starter pack and SigmaHQ's for AWS", lakeBothCPU, []string{"starter", rules}},
		{"SigmaHQ's for AWS", lakePublicCPU, []string{rules}},
	} {
		if err := b.row(ctx, w, c.name, c.cpu, c.folders); err != nil {
			return err
		}
	}
	return w.Flush()
}

// row runs one hunt and writes a line of the table.
func (b *lakeBench) row(ctx context.Context, w io.Writer, name string, cpu time.Duration, folders []string) error {
	args := []string{"--format", "jsonl", "--exit-zero", "-q"}
	for _, folder := range folders {
		args = append(args, "--rules", folder)
	}
	want, err := b.hunt("native", append([]string{b.file}, args...)...)
	if err != nil {
		return err
	}
	before, err := b.queries(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	got, err := b.hunt("lake", append([]string{"--lake", "bench", "--from", lakeFirst.Format(time.DateOnly), "--to",
		lakeFirst.AddDate(0, 0, lakeDays).Format(time.DateOnly), "--config", filepath.Join(b.folder, "egret.yaml"), "--state", filepath.Join(b.folder, "state")}, args...)...)
	if err != nil {
		return err
	}
	wall := time.Since(began)
	after, err := b.queries(ctx)
	if err != nil {
		return err
	}
	var sum queryCost
	for id, cost := range after {
		if _, old := before[id]; !old {
			sum.add(cost)
		}
	}
	share := float64(sum.bytes) / float64(b.bytes)
	verdict := "met"
	switch {
	case cpu == 0:
		verdict = ""
	case !sameSummaries(got, want):
		verdict = "OTHER FINDINGS"
	case sum.queries > lakeQueries || sum.cpu > cpu || share > lakeBytes:
		verdict = "missed"
	}
	fmt.Fprintf(w, "%s\t%d\t%.1f s\t%.1f s\t%.1f MB\t%.2f\t%d\t%d\t%.1f s\t%s\n", name, sum.queries, sum.cpu.Seconds(), sum.planning.Seconds(),
		float64(sum.bytes)/1e6, share, sum.rows, len(got), wall.Seconds(), verdict)
	return nil
}

// hunt runs egret and returns its findings as one JSON text each.
func (b *lakeBench) hunt(name string, args ...string) ([][]byte, error) {
	out := filepath.Join(b.folder, name+".jsonl")
	cmd := exec.Command(b.egret, append(append([]string{"hunt"}, args...), "-o", out)...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s hunt: %w\n%s", name, err, complaint.Bytes())
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	return bytes.Split(bytes.TrimSpace(text), []byte("\n")), nil
}

// load creates the file of events and the table.
func (b *lakeBench) load(ctx context.Context) error {
	p, err := schema.FindLayout(schema.All(), lakeProfile)
	if err != nil {
		return err
	}
	db, err := sqltest.OpenTrino(ctx, b.address)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	fmt.Fprintln(b.stderr, "loading the logs")
	b.file = filepath.Join(b.folder, "events.jsonl.gz")
	rows, err := writeLakeEvents(b.file, b.logs, p)
	if err != nil {
		return err
	}
	if err := db.Load(ctx, "events", sqltest.Columns(p), rows); err != nil {
		return err
	}
	fmt.Fprintln(b.stderr, "writing", lakeTable)
	for _, sql := range lakeTableSQL(p) {
		if err := db.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%.100s: %w", sql, err)
		}
	}
	// All rows of a file repeat its size.
	_, cells, err := db.Query(ctx, `SELECT sum(size), sum(n) FROM (SELECT max("$file_size") AS size, count(*) AS n FROM `+lakeTable+` GROUP BY "$path") AS files`)
	if err != nil {
		return err
	}
	b.bytes, _ = cells[0][0].(int64)
	fmt.Fprintf(b.stderr, "%d events, %.1f MB\n", cells[0][1], float64(b.bytes)/1e6)
	return nil
}
