package parquetrow_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/parquetrow"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
)

// delivered returns the JSON text of the events of a file, and their times.
func delivered(t *testing.T, path string) (events []string, times []value.Time, files []*event.File) {
	t.Helper()
	reader := event.NewReader(event.Options{Parquet: parquetrow.Reader})
	err := reader.Run(t.Context(), []string{path}, 1, func(_ int, b *event.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			events = append(events, string(r.Raw))
			if r.Timed {
				times = append(times, r.Time)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events, times, reader.Files()
}

func save(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// first returns the text of the first value at a path of JSON text, "" if there is none.
func first(t *testing.T, text, path string) string {
	t.Helper()
	doc, err := new(value.Parser).Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	leaves := new(value.Walker).Leaves(nil, doc, 0, &value.Path{Text: path})
	if len(leaves) == 0 {
		return ""
	}
	return leaves[0].Doc.String(leaves[0].Node)
}

const trail = `{"eventVersion":"1.08","eventTime":"2026-01-02T03:04:05Z","eventSource":"iam.amazonaws.com","eventName":"GetUser","eventID":"a"}`

// These types are rows of Security Lake, source version 2, as far as a test needs them.
type lakeRow struct {
	ClassUID int32             `parquet:"class_uid"`
	Time     int64             `parquet:"time"`
	TimeDT   int64             `parquet:"time_dt,timestamp(microsecond)"`
	Metadata lakeMetadata      `parquet:"metadata,optional"`
	API      lakeAPI           `parquet:"api"`
	Actor    *lakeActor        `parquet:"actor,optional"`
	Src      lakeEndpoint      `parquet:"src_endpoint"`
	Unmapped map[string]string `parquet:"unmapped"`
	Res      []lakeResource    `parquet:"resources,list"`
}

type lakeMetadata struct {
	UID     string      `parquet:"uid"`
	Product lakeProduct `parquet:"product"`
	Version string      `parquet:"version"`
}
type lakeProduct struct {
	Name string `parquet:"name"`
}
type lakeAPI struct {
	Operation string      `parquet:"operation"`
	Service   lakeProduct `parquet:"service"`
	Request   lakeRequest `parquet:"request"`
}
type lakeRequest struct {
	Data *string `parquet:"data,optional"`
}
type lakeActor struct {
	User lakeUser `parquet:"user"`
}
type lakeUser struct {
	Type string `parquet:"type"`
	UID  string `parquet:"uid"`
}
type lakeEndpoint struct {
	IP string `parquet:"ip"`
}
type lakeResource struct {
	UID  string  `parquet:"uid"`
	Type *string `parquet:"type,optional"`
}

func lakeRows(n int) []lakeRow {
	var rows []lakeRow
	for i := range n {
		data := `{"userName":"eve"}`
		rows = append(rows, lakeRow{
			ClassUID: 6003, Time: 1767323045000, TimeDT: 1767323045000000, Metadata: lakeMetadata{fmt.Sprintf("e-%03d", i), lakeProduct{"CloudTrail"}, "1.1.0"},
			API:   lakeAPI{"CreateUser", lakeProduct{"iam.amazonaws.com"}, lakeRequest{&data}},
			Actor: &lakeActor{lakeUser{"IAMUser", "arn:aws:iam::111122223333:user/alice"}}, Src: lakeEndpoint{"192.0.2.1"},
			Unmapped: map[string]string{"recipientAccountId": "111122223333", "readOnly": "false"},
			Res:      []lakeResource{{UID: "a"}, {UID: "b"}},
		})
		if i%3 == 1 {
			rows[i].API.Request.Data, rows[i].Actor, rows[i].Res, rows[i].Unmapped = nil, nil, nil, nil
		}
	}
	return rows
}

func parquetFile[T any](t testing.TB, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var out bytes.Buffer
	w := parquet.NewGenericWriter[T](&out, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSecurityLakeParquet(t *testing.T) {
	for name, codec := range map[string]compress.Codec{"zstd": &parquet.Zstd, "gzip": &parquet.Gzip, "snappy": &parquet.Snappy, "none": &parquet.Uncompressed} {
		for _, version := range []int{1, 2} {
			content := parquetFile(t, lakeRows(100), parquet.Compression(codec), parquet.DataPageVersion(version), parquet.PageBufferSize(512))
			events, _, files := delivered(t, save(t, "x.parquet", content))
			if len(events) != 100 || files[0].Status != event.Read || files[0].SHA256 == "" {
				t.Fatalf("%s, version %d: got %d events, %+v", name, version, len(events), files[0])
			}
			doc := events[0]
			for path, want := range map[string]string{"eventName": "CreateUser", "eventTime": "2026-01-02T03:04:05Z", "requestParameters.userName": "eve",
				"userIdentity.arn": "arn:aws:iam::111122223333:user/alice", "recipientAccountId": "111122223333", "eventID": "e-000", "resources.ARN": "a"} {
				if got := first(t, doc, path); got != want {
					t.Errorf("%s: %s: got %q, want %q; in %s", name, path, got, want, events[0])
				}
			}
			// Every key of the map has its place in the log, so that nothing is left of it.
			if strings.Contains(fmt.Sprint(events[0]), `"unmapped"`) {
				t.Errorf("%s: got what is left of the map unmapped, want nothing: %s", name, events[0])
			}
			doc = events[1]
			for path, want := range map[string]string{"eventName": "CreateUser", "eventID": "e-001", "requestParameters.userName": "", "userIdentity.arn": "", "recipientAccountId": ""} {
				if got := first(t, doc, path); got != want {
					t.Errorf("%s: second row: %s: got %q, want %q; in %s", name, path, got, want, events[1])
				}
			}
		}
	}
}

type flowRow struct {
	Version     int32  `parquet:"version"`
	AccountID   string `parquet:"account_id"`
	InterfaceID string `parquet:"interface_id"`
	Srcaddr     string `parquet:"srcaddr"`
	Dstaddr     string `parquet:"dstaddr"`
	Srcport     int32  `parquet:"srcport"`
	Dstport     int32  `parquet:"dstport"`
	Protocol    int64  `parquet:"protocol"`
	Packets     int64  `parquet:"packets"`
	Bytes       int64  `parquet:"bytes"`
	Start       int64  `parquet:"start"`
	End         int64  `parquet:"end"`
	Action      string `parquet:"action"`
	LogStatus   string `parquet:"log_status"`
}

func TestFlowLogsInParquet(t *testing.T) {
	rows := []flowRow{{2, "111122223333", "eni-1", "192.0.2.1", "198.51.100.2", 1234, 443, 6, 1, 40, 1767323045, 1767323105, "ACCEPT", "OK"}}
	events, times, files := delivered(t, save(t, "x.parquet", parquetFile(t, rows)))
	if len(events) != 1 || !strings.Contains(files[0].Format, "vpcflow/") {
		t.Fatalf("got %q, %+v", events, files[0])
	}
	if len(times) != 1 || times[0].String() != "2026-01-02T03:04:05Z" {
		t.Errorf("got times %v", times)
	}
	for path, want := range map[string]string{"interface-id": "eni-1", "srcaddr": "192.0.2.1", "dstport": "443", "action": "ACCEPT"} {
		if got := first(t, events[0], path); got != want {
			t.Errorf("%s: got %q, want %q; in %s", path, got, want, events[0])
		}
	}
}

func TestParquetInArchivesAndCompressed(t *testing.T) {
	content := parquetFile(t, lakeRows(3))
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(content); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	events, _, files := delivered(t, save(t, "x.gz", packed.Bytes()))
	if len(events) != 3 || files[0].Status != event.Read {
		t.Errorf("got %d events, %+v", len(events), files[0])
	}
}

func TestOtherParquet(t *testing.T) {
	type other struct {
		Name string `parquet:"name"`
		Size int64  `parquet:"size"`
	}
	_, _, files := delivered(t, save(t, "x.parquet", parquetFile(t, []other{{"a", 1}})))
	if files[0].Status != event.Skipped || !strings.Contains(files[0].Reason, "fit no known table") {
		t.Errorf("got %+v", files[0])
	}
	type raw struct {
		Event string `parquet:"event"`
	}
	events, _, files := delivered(t, save(t, "x.parquet", parquetFile(t, []raw{{trail}})))
	if len(events) != 1 || files[0].Status != event.Read {
		t.Errorf("got %q, %+v", events, files[0])
	}
}

// TestDamagedParquet changes bytes of a file one by one; nothing may panic, and every file gets a result.
func TestDamagedParquet(t *testing.T) {
	content := parquetFile(t, lakeRows(4), parquet.Compression(&parquet.Snappy))
	step := testkit.Rounds(83, 29, 7)
	for i := 4; i < len(content); i += step {
		for _, b := range []byte{0, 0xff, content[i] ^ 0x40} {
			damaged := bytes.Clone(content)
			damaged[i] = b
			_, _, files := delivered(t, save(t, "x.parquet", damaged))
			if files[0].Status == "" {
				t.Fatalf("byte %d: no status", i)
			}
		}
	}
	for _, n := range []int{4, 8, 100, len(content) - 1} {
		_, _, files := delivered(t, save(t, "x.parquet", content[:n]))
		if files[0].Status != event.Failed {
			t.Errorf("%d bytes: got %+v", n, files[0])
		}
	}
}
