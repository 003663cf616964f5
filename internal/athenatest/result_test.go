package athenatest_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// TestTextOfCells follows the documentation of Java's Double.toString for numbers, and Athena's results for the rest.
func TestTextOfCells(t *testing.T) {
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, c := range []struct {
		columnType string
		cell       any
		want       string
	}{
		{"", "say \"a\", b", "say \"a\", b"}, {"", true, "true"}, {"", int64(-7), "-7"}, {"", new(big.Int).Lsh(big.NewInt(1), 70), "1180591620717411303424"},
		{"", 1.5, "1.5"}, {"", 0.30000000000000004, "0.30000000000000004"}, {"", 1e20, "1.0E20"}, {"", 1e-7, "1.0E-7"}, {"", 0.001, "0.001"},
		{"", 9999999.0, "9999999.0"}, {"", 1e7, "1.0E7"}, {"", 1.234e-5, "1.234E-5"}, {"", 0.0, "0.0"}, {"", math.Copysign(0, -1), "-0.0"},
		{"", math.NaN(), "NaN"}, {"", math.Inf(-1), "-Infinity"},
		{"timestamp", at, "2026-02-03 04:05:06.000"}, {"timestamp", at.Add(789123 * time.Microsecond), "2026-02-03 04:05:06.789123"}, {"date", at, "2026-02-03"},
		{"", []any{int64(1), nil, "x, y"}, "[1, null, x, y]"}, {"", map[string]any{"k": int64(1), "a": []any{}}, "{a=[], k=1}"},
		{"", sqltest.Pairs{{Key: "z", Value: 1.0}, {Key: "b"}}, "{z=1.0, b=null}"},
	} {
		if got, ok := athenatest.Text(c.columnType, c.cell); got != c.want || !ok {
			t.Errorf("%v: %q, %t, want %q", c.cell, got, ok, c.want)
		}
	}
	if _, ok := athenatest.Text("varchar", nil); ok {
		t.Error("got text for NULL")
	}
}

// awkward lists strings that may confuse a CSV reader.
var awkward = []any{`"`, `""`, "", nil, ",", `",`, "\n", "a\r\nb", `\"`, `","`, " ", "\x00", "Grüße", `"` + strings.Repeat("x", 5000)}

// TestAwkwardCellsSurvive reads the object with Go's CSV reader, and checks that the pages have the same cells.
func TestAwkwardCellsSurvive(t *testing.T) {
	columns := []athenatest.Column{{Name: `na"me`, Type: "varchar"}, {Name: "b", Type: "varchar"}}
	var cells [][]any
	for _, a := range awkward {
		for _, b := range awkward {
			cells = append(cells, []any{a, b})
		}
	}
	s := athenatest.Start(t, athenatest.Options{Backend: rows(columns, cells...)})
	id := start(t, s, "SELECT 1", "a")
	ended(t, s, id)
	body, err := s.Object("athena-results", id+".csv")
	if err != nil {
		t.Fatal(err)
	}
	if head, _, _ := strings.Cut(string(body), "\n"); head != `"na""me","b"` {
		t.Errorf("header %s", head)
	}
	if n := strings.Count(string(body), "\n,\n"); n != 1 { // one row of two NULLs
		t.Errorf("got %d rows with only NULL", n)
	}
	records, err := csv.NewReader(strings.NewReader(string(body))).ReadAll()
	if err != nil || len(records) != len(cells)+1 {
		t.Fatalf("got %d records, %v", len(records), err)
	}
	var paged [][]any
	members := map[string]any{"QueryExecutionId": id, "MaxResults": 7}
	for {
		a := request(t, s, "GetQueryResults", members)
		list, _ := a.value("ResultSet.Rows").([]any)
		for _, row := range list {
			data, _ := row.(map[string]any)["Data"].([]any)
			var out []any
			for _, datum := range data {
				out = append(out, datum.(map[string]any)["VarCharValue"])
			}
			paged = append(paged, out)
		}
		next := a.value("NextToken")
		if next == nil {
			break
		}
		members["NextToken"] = next
	}
	if diff := cmp.Diff(append([][]any{{`na"me`, "b"}}, cells...), paged); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	delete(members, "MaxResults")
	other := start(t, s, "SELECT 2", "b")
	ended(t, s, other)
	first := request(t, s, "GetQueryResults", map[string]any{"QueryExecutionId": other, "MaxResults": 1})
	members["NextToken"] = first.value("NextToken")
	if a := request(t, s, "GetQueryResults", members); a.value("Message") != "Malformed nextToken" {
		t.Errorf("with the token of another query: got %d %s", a.status, a.body)
	}
	for limit, message := range map[int]string{0: "greater than or equal to 1", 1001: "MaxResults is more than maximum allowed length 1000."} {
		a := request(t, s, "GetQueryResults", map[string]any{"QueryExecutionId": id, "MaxResults": limit})
		if text, _ := a.value("Message").(string); a.status != 400 || !strings.HasSuffix(text, message) {
			t.Errorf("MaxResults %d: %d %s", limit, a.status, a.body)
		}
	}
	// Go's reader returns "" for NULL and
	//  for \r
	// ; otherwise it must see the same.
	for i, want := range cells {
		for k, cell := range want {
			text, _ := athenatest.Text("", cell)
			if got := records[i+1][k]; got != strings.ReplaceAll(text, "\r\n", "\n") {
				t.Errorf("row %d: %q, want %q", i, got, text)
			}
		}
	}
}

func TestExplainHasNoHeader(t *testing.T) {
	backend := athenatest.Explained(one, func(string) string { return "Fragment 0\n  Output" })
	s := athenatest.Start(t, athenatest.Options{Backend: backend})
	id := start(t, s, "explain SELECT 1", "a")
	if a := ended(t, s, id); a.value("QueryExecution.StatementType") != "DML" || a.value("QueryExecution.SubstatementType") != "EXPLAIN" {
		t.Errorf("got %s", a.body)
	}
	a := request(t, s, "GetQueryResults", map[string]any{"QueryExecutionId": id})
	if want := `"Rows":[{"Data":[{"VarCharValue":"Fragment 0"}]},{"Data":[{"VarCharValue":"  Output"}]}]`; !strings.Contains(string(a.body), want) {
		t.Errorf("got %s", a.body)
	}
	if body, err := s.Object("athena-results", id+".txt"); err != nil || string(body) != "Fragment 0\n  Output" {
		t.Errorf("%q, %v", body, err)
	}
}

func TestErrorsOfTheBackendFailTheQuery(t *testing.T) {
	backend := athenatest.BackendFunc(func(_ context.Context, sql string) ([]athenatest.Column, athenatest.Rows, error) {
		switch sql {
		case "SELECT failure":
			return nil, nil, fmt.Errorf("wrapped: %w", athenatest.ColumnMissing("x"))
		case "SELECT error":
			return nil, nil, errors.New("engine is gone")
		}
		return []athenatest.Column{{Name: "n"}}, func(yield func([]any, error) bool) {
			if yield([]any{int64(1)}, nil) {
				yield(nil, errors.New("rows end too early"))
			}
		}, nil
	})
	s := athenatest.Start(t, athenatest.Options{Backend: backend})
	for sql, want := range map[string]string{
		"SELECT failure": "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved or requester is not authorized to access requested resources",
		"SELECT error":   "GENERIC_INTERNAL_ERROR: engine is gone", "SELECT rows": "GENERIC_INTERNAL_ERROR: rows end too early",
	} {
		id := start(t, s, sql, sql)
		a := ended(t, s, id)
		if a.value("QueryExecution.Status.State") != "FAILED" || a.value("QueryExecution.Status.StateChangeReason") != want {
			t.Errorf("%s: got %s", sql, a.body)
		}
		if a := request(t, s, "GetQueryResults", map[string]any{"QueryExecutionId": id}); a.value("Message") != "Query did not finish successfully. Final query state: FAILED" {
			t.Errorf("%s: got %s", sql, a.body)
		}
		if _, err := s.Object("athena-results", id+".csv"); err == nil {
			t.Errorf("%s: got an object", sql)
		}
	}
}

func TestResultsAreReusedForAWhile(t *testing.T) {
	var now clock
	began := time.Now()
	now.set(began)
	s := athenatest.Start(t, athenatest.Options{Backend: one, Now: now.now, Scanned: func(string) int64 { return 9 }})
	run := func(token string, minutes int) answer {
		a := request(t, s, "StartQueryExecution", map[string]any{"QueryString": "SELECT 1", "ClientRequestToken": pad(token), "ResultReuseConfiguration": map[string]any{
			"ResultReuseByAgeConfiguration": map[string]any{"Enabled": true, "MaxAgeInMinutes": minutes}}})
		id, _ := a.value("QueryExecutionId").(string)
		return ended(t, s, id)
	}
	first := run("a", 2)
	now.set(began.Add(2 * time.Minute))
	second, third := run("b", 2), run("c", 1)
	const reused, place = "QueryExecution.Statistics.ResultReuseInformation.ReusedPreviousResult", "QueryExecution.ResultConfiguration.OutputLocation"
	if first.value(reused) != false || second.value(reused) != true || third.value(reused) != false {
		t.Errorf("reused %v, %v, %v", first.value(reused), second.value(reused), third.value(reused))
	}
	if first.value(place) != second.value(place) || first.value(place) == third.value(place) {
		t.Errorf("places %v, %v, %v", first.value(place), second.value(place), third.value(place))
	}
	var billed []int64
	for _, q := range s.Queries() {
		billed = append(billed, q.ScannedBytes)
	}
	if fmt.Sprint(billed) != "[9 0 9]" {
		t.Errorf("billed %v", billed)
	}
}

// manyRows is the number of rows of the endpoint in a separate process.
const manyRows = 200_000

// TestMain runs the endpoint if this is the separate process.
func TestMain(m *testing.M) {
	if os.Getenv("SERVE_ATHENA") == "" {
		os.Exit(m.Run())
	}
	backend := athenatest.BackendFunc(func(context.Context, string) ([]athenatest.Column, athenatest.Rows, error) {
		return []athenatest.Column{{Name: "n", Type: "bigint"}, {Name: "text", Type: "varchar"}}, func(yield func([]any, error) bool) {
			for n := range int64(manyRows) {
				if !yield([]any{n, "some text"}, nil) {
					return
				}
			}
		}, nil
	})
	if err := athenatest.Serve(athenatest.Options{Backend: backend}, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// fixed is an endpoint of which only the address is known.
type fixed athenatest.Endpoint

func (f fixed) Endpoint() athenatest.Endpoint { return athenatest.Endpoint(f) }

// TestManyRowsFromAnotherProcess starts the endpoint as a separate process and reads the whole object.
func TestManyRowsFromAnotherProcess(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "SERVE_ATHENA=1")
	remote := fixed(athenatest.Launch(t, cmd))
	id := start(t, remote, "SELECT 1", "a")
	ended(t, remote, id)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, remote.URL+"/athena-results/"+id+".csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	sign(t, remote, time.Now(), remote.Credentials, "s3", r, nil)
	response := exchange(r)
	if response == nil {
		t.Fatal("got no answer")
	}
	defer response.Body.Close()
	lines := 0
	for scanner := bufio.NewScanner(response.Body); scanner.Scan(); lines++ {
		if want := fmt.Sprintf(`"%d","some text"`, lines-1); lines > 0 && scanner.Text() != want {
			t.Fatalf("line %d: got %s", lines, scanner.Text())
		}
	}
	if lines != manyRows+1 {
		t.Errorf("got %d lines, want %d", lines, manyRows+1)
	}
	if rest, err := io.ReadAll(response.Body); err != nil || len(rest) > 0 {
		t.Errorf("got %d bytes, %v", len(rest), err)
	}
}
