package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// The logs cover six days. Each copy starts after the end of the previous one.
var (
	logsFirst = time.Date(2021, 7, 28, 0, 0, 0, 0, time.UTC)
	lakeFirst = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

const logsDays, lakeDays = 6, copies * 6

// lakeDay returns the day of an event in a copy.
func lakeDay(day time.Time, copied int) time.Time {
	return lakeFirst.Add(day.Sub(logsFirst)).AddDate(0, 0, copied*logsDays)
}

// writeLakeEvents writes the events of the table as a gzipped JSON lines file and returns the rows of the original
// logs.
func writeLakeEvents(path, logs string, p *schema.Layout) (rows [][]any, err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	w := bufio.NewWriterSize(z, 1<<20)
	const idKey, timeKey, version = `"eventID":"`, `"eventTime":"`, 14
	err = eachRecord(logs, func(record []byte) error {
		doc, err := new(value.Parser).Parse(bytes.Clone(record))
		if err != nil {
			return err
		}
		rows = append(rows, sqltest.Row(p, doc))
		id, at := bytes.Index(record, []byte(idKey)), bytes.Index(record, []byte(timeKey))
		if id < 0 || at < 0 {
			return errors.New("a record without id or time")
		}
		id, at = id+len(idKey)+version, at+len(timeKey)
		day, err := time.Parse(time.DateOnly, string(record[at:at+len(time.DateOnly)]))
		if err != nil {
			return err
		}
		for n := range copies {
			record[id] = byte('0' + n)
			copy(record[at:], lakeDay(day, n).Format(time.DateOnly))
			if _, err := w.Write(append(record, '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	return rows, errors.Join(err, w.Flush(), z.Close())
}

// lakeTableSQL returns the statements that create the table from the rows of the logs.
func lakeTableSQL(p *schema.Layout) []string {
	var columns []string
	for _, c := range sqltest.Columns(p) {
		name := sqltest.QuoteIdentifier(c.Name)
		switch c.Name {
		case "eventid":
			columns = append(columns, "substr(eventid, 1, 14) || CAST(n AS varchar) || substr(eventid, 16) AS eventid")
		case "eventtime":
			columns = append(columns, "CAST(day AS varchar) || substr(eventtime, 11) AS eventtime")
		case "timestamp":
			columns = append(columns, "replace(CAST(day AS varchar), '-', '/') AS "+name)
		default:
			columns = append(columns, name)
		}
	}
	day := fmt.Sprintf("DATE '%s' + (date(substr(eventtime, 1, 10)) - DATE '%s') + n * INTERVAL '%d' DAY", lakeFirst.Format(time.DateOnly), logsFirst.Format(time.DateOnly), logsDays)
	//nolint:unqueryvet // all columns of a table that stands in the same statement
	return []string{
		"CREATE SCHEMA IF NOT EXISTS hive.bench",
		"DROP TABLE IF EXISTS " + lakeTable,
		"CREATE TABLE " + lakeTable + ` WITH (format = 'PARQUET', partitioned_by = ARRAY['timestamp']) AS SELECT ` + strings.Join(columns, ", ") +
			" FROM (SELECT e.*, n, " + day + " AS day FROM events AS e CROSS JOIN UNNEST(sequence(0, " + fmt.Sprint(copies-1) + ")) AS c(n)) AS copied ORDER BY eventtime",
	}
}

// queryCost is the cost of queries on the server.
type queryCost struct {
	queries       int
	cpu, planning time.Duration
	bytes, rows   int64
}

func (c *queryCost) add(o queryCost) {
	c.queries += o.queries
	c.cpu += o.cpu
	c.planning += o.planning
	c.bytes += o.bytes
	c.rows += o.rows
}

// queries returns, by query id, the costs of the SELECT statements over the table that the server still has.
func (b *lakeBench) queries(ctx context.Context) (map[string]queryCost, error) {
	var list []struct {
		QueryID string `json:"queryId"`
		Query   string
		Session struct{ User string }
	}
	if err := b.get(ctx, "/v1/query", &list); err != nil {
		return nil, err
	}
	costs := map[string]queryCost{}
	for _, q := range list {
		if !strings.HasPrefix(strings.TrimSpace(q.Query), "SELECT") || q.Session.User != "bench" {
			continue
		}
		var full struct {
			QueryStats struct {
				TotalCPUTime          string `json:"totalCpuTime"`
				PlanningTime          string `json:"planningTime"`
				PhysicalInputDataSize string `json:"physicalInputDataSize"`
				OutputPositions       int64  `json:"outputPositions"`
			}
		}
		if err := b.get(ctx, "/v1/query/"+q.QueryID, &full); errors.Is(err, errGone) {
			continue // the server drops old queries
		} else if err != nil {
			return nil, err
		}
		s := full.QueryStats
		costs[q.QueryID] = queryCost{1, trinoDuration(s.TotalCPUTime), trinoDuration(s.PlanningTime), trinoBytes(s.PhysicalInputDataSize), s.OutputPositions}
	}
	return costs, nil
}

var errGone = errors.New("the server no longer has the query")

func (b *lakeBench) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.address+path, nil)
	if err != nil {
		return err
	}
	request.Header.Set("X-Trino-User", "bench")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return json.NewDecoder(response.Body).Decode(into)
	case http.StatusGone:
		return errGone
	}
	return fmt.Errorf("%s: %s", path, response.Status)
}

// trinoDuration parses a duration in Trino's format: "1.50s", "20.1ms", "3.2m".
func trinoDuration(text string) time.Duration {
	var n float64
	var unit string
	if _, err := fmt.Sscanf(text, "%f%s", &n, &unit); err != nil {
		return 0
	}
	units := map[string]time.Duration{"ns": 1, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour}
	return time.Duration(n * float64(units[unit]))
}

// trinoBytes parses a size in Trino's format: "123B".
func trinoBytes(text string) int64 {
	var n float64
	var unit string
	if _, err := fmt.Sscanf(text, "%f%s", &n, &unit); err != nil {
		return 0
	}
	units := map[string]float64{"B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
	return int64(n * units[unit])
}

// sameSummaries compares findings without the events that they show: events of a lake have only the columns that the
// statement selected.
func sameSummaries(got, want [][]byte) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if summary(got[i]) != summary(want[i]) {
			return false
		}
	}
	return true
}

func summary(text []byte) string {
	var finding map[string]any
	if json.Unmarshal(text, &finding) != nil {
		return string(text)
	}
	delete(finding, "event")
	short, err := json.Marshal(finding)
	if err != nil {
		return string(text)
	}
	return string(short)
}
