package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// bench prints the measurements of docs/performance.md. Rows compare with GNU gzip on the same input in the same run; that of
// indicators compares with the hunt without them.
func bench(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("egret-dev bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	egret := flags.String("egret", "bin/egret", "program to measure")
	runs := flags.Int("runs", 5, "runs of each command; the median counts")
	lines := flags.Int("flow-lines", 2_000_000, "lines of the VPC flow log")
	if err := flags.Parse(args); err != nil {
		return err
	}
	shared := os.Getenv("EGRET_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "shared")
	}
	logs, rules := filepath.Join(shared, "data", "sans504"), filepath.Join(shared, "data", "sigmahq", "rules")
	if _, err := os.Stat(logs); err != nil {
		return fmt.Errorf("bench: public test data is absent: %w (set EGRET_SHARED to its folder)", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	cache = filepath.Join(cache, "egret-ci", "bench")
	big, two, err := benchData(cache, logs, stderr)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}

	flows, flowRules, err := benchFlows(cache, *lines, stderr)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}

	indicators, err := benchIndicators(cache)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}

	b := bencher{egret: *egret, runs: *runs, stderr: stderr}
	hunt := []string{"--rules", filepath.Join(rules, "cloud", "aws"), "--rules", "starter", "--format", "jsonl",
		"-o", os.DevNull, "--exit-zero"}
	b.compare("large file, time", 0.52,
		b.shell("gzip -dc "+quote(big)+" >/dev/null"),
		b.hunt(append([]string{big}, hunt...)...))
	b.memory("large file, memory", 200<<20)
	b.compare("10,000 indicators, time", 1.3,
		b.hunt(append([]string{big}, hunt...)...),
		b.hunt(append([]string{big, "--indicators", indicators}, hunt...)...))
	b.memory("10,000 indicators, memory", 260<<20)
	b.compare("small files, time", 1,
		b.shell("find "+quote(logs)+" -name '*.gz' -exec cat {} + | gzip -dc >/dev/null"),
		b.hunt(append([]string{logs}, hunt...)...))
	b.compare("flow log, time", 1.5,
		b.shell("gzip -dc "+quote(flows)+" >/dev/null"),
		b.hunt(flows, "--rules", flowRules, "--format", "jsonl", "-o", os.DevNull, "--exit-zero"))
	b.memory("flow log, memory", 200<<20)
	b.compare("search by key, time", 0.6,
		b.shell("gzip -dc "+quote(big)+" >/dev/null"),
		b.program("search", big, "--key", "AKIAIOSFODNN7EXAMPLE", "--format", "jsonl", "-o", os.DevNull, "--exit-zero"))
	b.atMost("loading every rule", 300*time.Millisecond,
		b.hunt(two, "--rules", rules, "--format", "jsonl", "-o", os.DevNull, "--exit-zero"))
	b.atMost("converting every rule", 250*time.Millisecond,
		b.program("convert", rules, "-t", "athena", "--layout", "generic", "--skip-unsupported", "-o", os.DevNull))
	if b.err != nil {
		return fmt.Errorf("bench: %w", b.err)
	}
	return b.print(stdout)
}

// bencher runs commands and collects the rows of the table.
type bencher struct {
	egret  string
	runs   int
	stderr io.Writer
	rows   []benchRow
	peak   int64 // peak memory of the last measured program, in bytes
	err    error // the first failure; rows after it are skipped
}

// benchRow is one formatted line of the table.
type benchRow struct{ what, reference, egret, measured, goal, verdict string }

// A command returns a new exec.Cmd for each run.
type command func() *exec.Cmd

func (b *bencher) shell(script string) command {
	return func() *exec.Cmd { return exec.Command("sh", "-c", script) }
}

// hunt returns a hunt on two cores, however many the machine has.
func (b *bencher) hunt(args ...string) command {
	return b.program(append([]string{"hunt"}, args...)...)
}

// program returns an egret command on two cores.
func (b *bencher) program(args ...string) command {
	return func() *exec.Cmd {
		c := exec.Command(b.egret, args...)
		c.Env = append(os.Environ(), "GOMAXPROCS=2")
		return c
	}
}

// compare runs two commands alternately, so that load on the machine affects both, and records the ratio of their
// medians.
func (b *bencher) compare(what string, goal float64, reference, egret command) {
	if b.err != nil {
		return
	}
	b.peak = 0
	b.time(reference) // warms the cache
	var theirs, ours []time.Duration
	for range b.runs {
		theirs = append(theirs, b.time(reference))
		ours = append(ours, b.measure(egret))
	}
	r, e := median(theirs), median(ours)
	ratio := e.Seconds() / r.Seconds()
	b.rows = append(b.rows, benchRow{what, seconds(r), seconds(e), fmt.Sprintf("%.2f", ratio), fmt.Sprintf("%.2f", goal),
		verdict(ratio <= goal)})
}

// atMost compares the time of one command with a fixed limit.
func (b *bencher) atMost(what string, goal time.Duration, egret command) {
	if b.err != nil {
		return
	}
	var ours []time.Duration
	b.time(egret)
	for range b.runs {
		ours = append(ours, b.time(egret))
	}
	e := median(ours)
	b.rows = append(b.rows, benchRow{what, "", seconds(e), seconds(e), seconds(goal), verdict(e <= goal)})
}

// memory records the peak memory of the previous row.
func (b *bencher) memory(what string, goal int64) {
	if b.err != nil {
		return
	}
	measured, met := fmt.Sprintf("%d MB", b.peak>>20), verdict(b.peak <= goal)
	if b.peak == 0 {
		measured, met = "unknown", ""
	}
	b.rows = append(b.rows, benchRow{what, "", measured, measured, fmt.Sprintf("%d MB", goal>>20), met})
}

// measure times a command and keeps its peak memory.
func (b *bencher) measure(fresh command) time.Duration {
	c := fresh()
	d := b.run(c)
	if c.ProcessState != nil {
		b.peak = max(b.peak, peakMemory(c.ProcessState))
	}
	return d
}

func (b *bencher) time(fresh command) time.Duration { return b.run(fresh()) }

// run runs a command once. Its output on stderr is shown only when it fails.
func (b *bencher) run(c *exec.Cmd) time.Duration {
	if b.err != nil {
		return 0
	}
	var complaint strings.Builder
	c.Stderr = &complaint
	start := time.Now()
	err := c.Run()
	d := time.Since(start)
	// egret exits with an error if inputs were damaged, which does not matter for the measurement.
	if exit := (&exec.ExitError{}); errors.As(err, &exit) && exit.ExitCode() >= 0 && strings.HasSuffix(c.Path, "egret") {
		fmt.Fprintf(b.stderr, "note: exit code %d of %v\n", exit.ExitCode(), c.Args)
		return d
	}
	if err != nil {
		b.err = fmt.Errorf("%v: %w\n%s", c.Args, err, complaint.String())
	}
	return d
}

// print writes the table.
func (b *bencher) print(w io.Writer) error {
	fmt.Fprintf(w, "%s/%s, %d cores, median of %d runs\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), b.runs)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\treference\tegret\tmeasured\tgoal\t")
	for _, r := range b.rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.reference, r.egret, r.measured, r.goal, r.verdict)
	}
	return t.Flush()
}

func median(durations []time.Duration) time.Duration {
	slices.Sort(durations)
	return durations[len(durations)/2]
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

// quote quotes a path for the shell.
func quote(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }
