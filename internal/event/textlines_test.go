package event

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
)

const flowHeader = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n"

func flowLine(i int) string {
	return fmt.Sprintf("2 111122223333 eni-0a1b2c3d 10.0.0.%d 203.0.113.9 49152 %d 6 20 4249 1768208400 1768208460 ACCEPT OK\n", i%250, i)
}

// TestTextOfSeveralChunks checks the numbers, positions and texts of lines that several workers read.
func TestTextOfSeveralChunks(t *testing.T) {
	var text bytes.Buffer
	text.WriteString(flowHeader)
	const lines = 5000
	for i := range lines {
		text.WriteString(flowLine(i))
	}
	path := write(t, "flow.log.gz", gzipped(t, text.Bytes()))
	seen := map[string]bool{}
	reader := NewReader(Options{Limits: Limits{Chunk: 8 << 10}})
	err := reader.Run(t.Context(), []string{path}, 1, func(_ int, b *Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			port := r.Doc.String(r.Doc.Get(0, "dstport"))
			if want := fmt.Sprint(r.Number - 1); port != want || r.Schema.Name != "vpcflow" {
				t.Errorf("record %d: got port %s of %s, want %s of vpcflow", r.Number, port, r.Schema.Name, want)
			}
			if line := text.Bytes()[r.Offset:]; !bytes.HasPrefix(line, []byte("2 1111")) {
				t.Errorf("record %d: its offset leads to %.20q", r.Number, line)
			}
			seen[string(r.JSON())] = true
		}
		return nil
	})
	if err != nil || len(seen) != lines {
		t.Fatalf("got %d different events, %v", len(seen), err)
	}
	f := reader.Files()[0]
	if f.Status != Read || f.Format != "gzip, Amazon VPC flow log" || f.Events != lines || f.Records != lines {
		t.Errorf("got %+v", f)
	}
}

// TestTextWithSeveralHeaders checks that each header applies to the lines after it, in the same chunk and in later ones.
func TestTextWithSeveralHeaders(t *testing.T) {
	const swapped = "account-id version interface-id dstaddr srcaddr action\n"
	var text strings.Builder
	text.WriteString(flowHeader)
	for i := range 300 {
		text.WriteString(flowLine(i))
	}
	text.WriteString(flowHeader)
	text.WriteString(flowLine(300))
	text.WriteString(swapped)
	for range 300 {
		text.WriteString("111122223333 5 eni-1 192.0.2.1 192.0.2.2 REJECT\n")
	}
	path := write(t, "flow.log", []byte(text.String()))
	for _, chunk := range []int{1 << 10, 1 << 20} {
		got := map[string]int{}
		reader := NewReader(Options{Limits: Limits{Chunk: chunk}})
		err := reader.Run(t.Context(), []string{path}, 1, func(_ int, b *Batch) error {
			for r := b.Next(); r != nil; r = b.Next() {
				got[r.Doc.String(r.Doc.Get(0, "account-id"))+" "+r.Doc.String(r.Doc.Get(0, "action"))]++
			}
			return nil
		})
		if f := reader.Files()[0]; err != nil || f.FailedRecords != 0 || got["111122223333 ACCEPT"] != 301 || got["111122223333 REJECT"] != 300 {
			t.Errorf("chunks of %d: got %v, %+v, %v", chunk, got, f, err)
		}
	}
}

// TestTextOfMixedLogs checks that one file may hold lines of several logs, JSON among them, and lines that cannot be read.
func TestTextOfMixedLogs(t *testing.T) {
	alb := `https 2026-01-12T09:00:00.186641Z app/web/50dc6c495c0c9188 192.0.2.7:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 ` +
		`"GET https://www.example.com:443/?a=1 HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 ` +
		`arn:aws:elasticloadbalancing:us-east-2:111122223333:targetgroup/web/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577259" ` +
		`"www.example.com" "arn:aws:acm:us-east-2:111122223333:certificate/12345678" 1 2026-01-12T08:59:59.135000Z "forward" "-" "-" ` +
		`"10.0.0.1:80" "200" "-" "-" TID_1234` + "\n"
	cut := "2 111122223333 eni-0a1b2c3d 10.0.0.6"
	text := flowHeader + flowLine(1) + alb + trail("a") + "\n\n" + flowLine(2) + "garbage\n" + cut
	path := write(t, "mixed.log", []byte(text))
	out := run(t, Options{}, path)
	f := out.file(t, path)
	if f.Status != Partial || f.Events != 4 || f.FailedRecords != 2 {
		t.Errorf("got %+v", f)
	}
	if len(f.Failures) != 2 || f.Failures[1].Reason != "vpcflow: 4 columns, expected 14" || f.Failures[1].Offset != int64(len(text)-len(cut)) {
		t.Errorf("got %+v", f.Failures)
	}
	path = write(t, "json.log", []byte(trail("a")+"\n"+alb+flowLine(3)+trail("b")+"\n"))
	if f := run(t, Options{}, path).file(t, path); f.Status != Read || f.Events != 4 {
		t.Errorf("JSON lines with text: got %+v", f)
	}
	path = write(t, "headed.log", []byte(trail("a")+"\n"+trail("b")+"\n"+flowHeader+flowLine(3)+trail("c")+"\n"))
	if f := run(t, Options{}, path).file(t, path); f.Status != Read || f.Events != 4 {
		t.Errorf("JSON lines with a header: got %+v", f)
	}
}

func TestTextInAnOrderOfItsOwn(t *testing.T) {
	path := write(t, "flow.log", []byte("192.0.2.1 192.0.2.2 443 1768208400\n192.0.2.1 192.0.2.2 80 1768208400\n192.0.2.1 x\n"))
	if f := run(t, Options{}, path).file(t, path); f.Status != Skipped {
		t.Errorf("without an order: got %+v", f)
	}
	f := run(t, Options{TextColumns: map[string][]string{"vpcflow": {"srcaddr", "dstaddr", "dstport", "start"}}}, path).file(t, path)
	if f.Events != 2 || f.FailedRecords != 1 {
		t.Errorf("with an order: got %+v", f)
	}
}

// TestLongLineOfText checks that a line beyond the limit counts as one failure.
func TestLongLineOfText(t *testing.T) {
	long := strings.Repeat("x", 100<<10) + "\n"
	path := write(t, "flow.log", []byte(flowHeader+flowLine(1)+long+flowLine(2)))
	f := run(t, Options{Limits: Limits{Record: 32 << 10, Chunk: 8 << 10}}, path).file(t, path)
	if f.Events != 2 || f.FailedRecords != 1 || !strings.Contains(f.Failures[0].Reason, "longer than") {
		t.Errorf("got %+v", f)
	}
}

// BenchmarkFlowLines measures reading lines without any rule.
func BenchmarkFlowLines(b *testing.B) {
	var text bytes.Buffer
	text.WriteString(flowHeader)
	for i := range 10_000 {
		text.WriteString(flowLine(i))
	}
	reader := NewReader(Options{Schemas: schema.All()})
	batch, file := &Batch{}, &File{}
	c := &chunk{buf: text.Bytes(), n: text.Len(), file: file, lines: true, maxRec: 1 << 20, text: reader.texts.Sniff(text.Bytes(), true)}
	reader.ctx = b.Context()
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		batch.reset(reader, c)
		for batch.Next() != nil {
		}
	}
}
