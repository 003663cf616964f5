package cli_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/egret-hunt/egret/internal/cli"
	"github.com/egret-hunt/egret/internal/testkit"
)

func TestMain(m *testing.M) {
	cli.SpeakDialectOfTests()
	testscript.Main(m, map[string]func(){
		"egret-pager": runPager,
		"egret":       func() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScript runs the archives of testdata/script: the command line as users see it, one behaviour each. `exits CODE
// egret …` runs egret and wants that exit code.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Files: scripts(t), RequireExplicitExec: true, UpdateScripts: os.Getenv("EGRET_UPDATE") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/.config")
			env.Setenv("XDG_STATE_HOME", env.WorkDir+"/.state")
			env.Setenv("XDG_DATA_HOME", env.WorkDir+"/.data")
			env.Setenv("EGRET_DATA", "")
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("NO_COLOR", "")
			env.Setenv("GOGC", "400") // collecting the garbage of hundreds of short processes takes a sixth of their time
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "pack": pack, "cut": cut, "repeat": repeat, "to-utf16": toUTF16, "hex": writeHex,
			"interrupted": interrupted, "s3": startS3, "duckdb": runDuckDB, "id": setID, "mmdb": writeMMDB, "numbers": writeNumbers,
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "root":
				return os.Geteuid() == 0, nil
			case "duckdb":
				return hasDuckDB, nil
			case "pygls":
				return hasPygls(), nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
	})
}

// everyScript is the share of the scripts that run with -short: one in so many.
const everyScript = 5

// scripts returns the archives. With -short one in five runs, unless -run names scripts. Under the race detector those are left out
// whose commands read rules and flags only: hunts, which have them too, run in parallel, and so does everything that the other
// scripts do.
func scripts(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(all) < 150 {
		t.Fatalf("got %d scripts, %v", len(all), err)
	}
	var some []string
	for i, path := range all {
		command, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), "_")
		switch {
		case underRace && slices.Contains([]string{"completion", "convert", "explain", "help", "list", "new", "plugin", "table", "unknown", "version"}, command):
		case !underRace && testing.Short() && i%everyScript > 0 && !strings.Contains(flag.Lookup("test.run").Value.String(), "/"):
		default:
			some = append(some, path)
		}
	}
	if n := len(all) - len(some); n > 0 {
		t.Logf("%d scripts are left out with -short or under the race detector", n)
	}
	return some
}

// hasPygls reports whether python3 has the official client library for language servers.
var hasPygls = sync.OnceValue(func() bool {
	return exec.CommandContext(context.Background(), "python3", "-c", "import pygls.lsp.client, lsprotocol").Run() == nil
})

// exits CODE PROGRAM ARGS… runs a program and wants an exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		text, ok := strings.CutPrefix(err.Error(), "exit status ")
		if !ok {
			ts.Fatalf("%v", err)
		}
		got, err = strconv.Atoi(text)
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// pack gzip|zstd|zip|tar TARGET SOURCE… packs files.
func pack(ts *testscript.TestScript, _ bool, args []string) {
	var out bytes.Buffer
	read := func(name string) []byte {
		text, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		return text
	}
	switch args[0] {
	case "gzip":
		w := gzip.NewWriter(&out)
		_, err := w.Write(read(args[2]))
		ts.Check(err)
		ts.Check(w.Close())
	case "zstd":
		w, err := zstd.NewWriter(&out)
		ts.Check(err)
		_, err = w.Write(read(args[2]))
		ts.Check(err)
		ts.Check(w.Close())
	case "zip":
		w := zip.NewWriter(&out)
		for _, name := range args[2:] {
			member, err := w.Create(name)
			ts.Check(err)
			_, err = member.Write(read(name))
			ts.Check(err)
		}
		ts.Check(w.Close())
	case "tar":
		w := tar.NewWriter(&out)
		for _, name := range args[2:] {
			text := read(name)
			ts.Check(w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644}))
			_, err := w.Write(text)
			ts.Check(err)
		}
		ts.Check(w.Close())
	default:
		ts.Fatalf("unknown packer %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o644))
}

// mmdb FILE NETWORK CODE COUNTRY CITY ASN ORGANIZATION writes a database in MaxMind's format with one record. Empty arguments
// are left out.
func writeMMDB(ts *testscript.TestScript, _ bool, args []string) {
	record := map[string]any{}
	if args[2] != "" {
		record = testkit.CityRecord(args[2], args[3], args[4])
	}
	if args[5] != "" {
		n, err := strconv.ParseUint(args[5], 10, 32)
		ts.Check(err)
		record["autonomous_system_number"], record["autonomous_system_organization"] = uint32(n), args[6]
	}
	text, err := testkit.MMDB("Test", 6, map[string]any{args[1]: record})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o644))
}

// numbers FILE FORMAT COUNT appends a line for each number from 1 on.
func writeNumbers(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	file, err := os.OpenFile(ts.MkAbs(args[0]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	ts.Check(err)
	for i := range n {
		_, err := fmt.Fprintf(file, args[1]+"\n", i+1)
		ts.Check(err)
	}
	ts.Check(file.Close())
}

// cut FILE BYTES shortens a file from its end.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), info.Size()-n))
}

// repeat FILE BEFORE TEXT COUNT AFTER writes BEFORE, TEXT so many times, AFTER and a line break.
func repeat(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[3])
	ts.Check(err)
	file, err := os.OpenFile(ts.MkAbs(args[0]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	ts.Check(err)
	_, err = file.WriteString(args[1] + strings.Repeat(args[2], n) + args[4] + "\n")
	ts.Check(err)
	ts.Check(file.Close())
}

// to-utf16 FILE rewrites a UTF-8 file as UTF-16, little-endian, with a byte order mark.
func toUTF16(ts *testscript.TestScript, _ bool, args []string) {
	text, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	var out bytes.Buffer
	for _, unit := range append([]uint16{0xfeff}, utf16.Encode([]rune(string(text)))...) {
		ts.Check(binary.Write(&out, binary.LittleEndian, unit))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out.Bytes(), 0o644))
}

// hex FILE DIGITS writes the bytes that hexadecimal digits say.
func writeHex(ts *testscript.TestScript, _ bool, args []string) {
	data, err := hex.DecodeString(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

// interrupted CODE PROGRAM ARGS… runs a program, interrupts it after a while, and wants an exit code.
func interrupted(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("sh", append([]string{"-c", `code=$1; shift; "$@" & child=$!; sleep 1; kill -INT $child; wait $child; test $? -eq "$code"`, "sh"}, args...)...))
}

// id FILE sets $ID to the id in a file of JSON.
func setID(ts *testscript.TestScript, _ bool, args []string) {
	text, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	var answer struct {
		ID string `json:"id"`
	}
	ts.Check(json.Unmarshal(text, &answer))
	if answer.ID == "" {
		ts.Fatalf("no id in %s", text)
	}
	ts.Setenv("ID", answer.ID)
}
