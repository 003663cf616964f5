package s3_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/event/s3"
	"github.com/egret-hunt/egret/internal/testkit"
)

// answer writes an error in S3's format.
func answer(w http.ResponseWriter, status int, code, message string) bool {
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, message)
	return true
}

func isList(r *http.Request) bool { return r.URL.Query().Get("list-type") == "2" }

// cutShort answers like the server, but breaks the connection after a number of bytes of the body.
func cutShort(f *fake, w http.ResponseWriter, r *http.Request, after int) bool {
	recorded := httptest.NewRecorder()
	f.server.ServeHTTP(recorded, r)
	maps.Copy(w.Header(), recorded.Header())
	body := recorded.Body.Bytes()
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(recorded.Code)
	_, _ = w.Write(body[:min(after, len(body))])
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
	panic(http.ErrAbortHandler)
}

// TestNothingIsLostInBadWeather throttles 30 of 100 answers, fails 5 and breaks off 5, including listings.
func TestNothingIsLostInBadWeather(t *testing.T) {
	folder := testkit.Shared(t, "data", "sans504")
	f := serve(t, nil)
	for _, day := range []string{"us-west-1/2021/07/29", "us-west-1/2021/08/02", "us-east-1"} {
		f.putFolder("my-logs", "AWSLogs/342082656213/CloudTrail/"+day+"/", filepath.Join(folder, filepath.FromSlash(day)))
	}
	want := read(t, event.Options{}, "s3://my-logs/AWSLogs/")
	var mu sync.Mutex
	tries := map[string]uint64{}
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		request := r.URL.String() + r.Header.Get("Range")
		mu.Lock()
		tries[request]++
		try := tries[request]
		mu.Unlock()
		h := fnv.New64a()
		_, _ = io.WriteString(h, request)
		random := rand.New(rand.NewPCG(h.Sum64(), try)) // the same sequence each time
		switch n := random.IntN(100); {
		case n < 30:
			return answer(w, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
		case n < 35:
			return answer(w, http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again.")
		case n < 40:
			return cutShort(f, w, r, random.IntN(2000))
		}
		return false
	}
	got := read(t, event.Options{}, "s3://my-logs/AWSLogs/")
	if len(want.ids) < 1000 || !slices.Equal(got.ids, want.ids) {
		t.Errorf("got %d events, want %d", len(got.ids), len(want.ids))
	}
	if got.text() != want.text() {
		t.Error("got a different list of files")
	}
	for path, file := range want.files {
		if got.files[path].SHA256 != file.SHA256 || file.SHA256 == "" {
			t.Fatalf("%s: got a different hash", path)
		}
	}
}

// large returns JSON lines of about a number of bytes, and the number of events in them.
func large(bytes int) (string, int) {
	var b strings.Builder
	n := 0
	for ; b.Len() < bytes; n++ {
		fmt.Fprintf(&b, `{"eventVersion":"1.08","eventTime":"2026-02-03T04:05:06Z","eventSource":"iam.amazonaws.com","eventName":"GetUser","eventID":"%d","x":"%s"}`+"\n",
			n, strings.Repeat("x", 1000))
	}
	return b.String(), n
}

// TestACutConnectionIsResumed checks that reading continues where the connection broke, in the same version of the
// object.
func TestACutConnectionIsResumed(t *testing.T) {
	small, events := large(1 << 20)
	big, bigEvents := large(40 << 20)
	f := serve(t, map[string]string{"small.json": small, "big.json": big})
	var mu sync.Mutex
	var asked []string
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if isList(r) {
			return false
		}
		mu.Lock()
		asked = append(asked, r.URL.Path+" "+r.Header.Get("Range")+" "+r.Header.Get("If-Match"))
		n := len(asked)
		mu.Unlock()
		if n%3 != 0 {
			return cutShort(f, w, r, 300_000)
		}
		return false
	}
	o := read(t, event.Options{}, "s3://my-logs/small.json")
	if len(o.ids) != events || o.files["s3://my-logs/small.json"].Status != event.Read {
		t.Errorf("got %d events, want %d: %s", len(o.ids), events, o.text())
	}
	etag := strings.Fields(asked[0])[1]
	for i, want := range []string{"", "bytes=300000-" + fmt.Sprint(len(small)-1), "bytes=600000-" + fmt.Sprint(len(small)-1)} {
		want = strings.Join(slices.DeleteFunc([]string{"/my-logs/small.json", want, etag}, func(s string) bool { return s == "" }), " ")
		if got := strings.Join(strings.Fields(asked[i]), " "); got != want || len(etag) < 10 {
			t.Errorf("request %d: got %q, want %q", i, got, want)
		}
	}
	o = read(t, event.Options{}, "s3://my-logs/big.json")
	if file := o.files["s3://my-logs/big.json"]; len(o.ids) != bigEvents || file.Status != event.Read || file.Bytes != int64(len(big)) || file.SHA256 == "" {
		t.Errorf("got %d events, want %d: %s", len(o.ids), bigEvents, o.text())
	}
}

// TestAStalledConnectionCountsAsCut checks that a connection without data is closed and resumed.
func TestAStalledConnectionCountsAsCut(t *testing.T) {
	f := serve(t, map[string]string{"a.json": trail("a", "b")})
	var once sync.Once
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		stalls := false
		if !isList(r) {
			once.Do(func() { stalls = true })
		}
		if stalls {
			w.Header().Set("Content-Length", fmt.Sprint(len(trail("a", "b"))))
			_, _ = io.WriteString(w, trail("a", "b")[:20])
			w.(http.Flusher).Flush() //nolint:forcetypeassert // httptest's can
			<-r.Context().Done()
		}
		return stalls
	}
	store, err := s3.Open(t.Context(), s3.Options{Pause: func(int) time.Duration { return 0 }, Stall: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if o := read(t, event.Options{Remote: store}, "s3://my-logs/a.json"); len(o.ids) != 2 {
		t.Errorf("got %s", o.text())
	}
}

// TestPermanentFailuresAreReported checks that each failure has its reason and the missing permission, and that the
// rest is read.
func TestPermanentFailuresAreReported(t *testing.T) {
	big, _ := large(9 << 20)
	f := serve(t, map[string]string{
		"a/denied.json": trail("x"), "a/good.json": trail("good"), "a/kms.json": trail("x"), "a/cut.json": trail("x"), "a/changed.json": trail("x"),
		"a/gone.json": trail("x"), "a/tier.json": trail("x"), "a/big-tier.json": big, "a/big-denied.json": big, "a/slow.json": trail("x"),
		"a/rude.json": trail("x"), "a/expired.json": trail("x"), "b/secret/c.json": trail("x"), "b/d.json": trail("d"), "a/big-no-ranges.json": big,
	})
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		key := strings.TrimPrefix(r.URL.Path, "/my-logs/")
		if isList(r) {
			if r.URL.Query().Get("prefix") == "b/secret/" {
				return answer(w, http.StatusForbidden, "AccessDenied", "Access Denied")
			}
			return false
		}
		switch key {
		case "a/denied.json", "a/big-denied.json":
			return answer(w, http.StatusForbidden, "AccessDenied", "Access Denied")
		case "a/kms.json":
			return answer(w, http.StatusForbidden, "AccessDenied", "User: arn:aws:iam::111122223333:user/hunt is not authorized to perform: kms:Decrypt")
		case "a/cut.json":
			return cutShort(f, w, r, 0)
		case "a/changed.json":
			return answer(w, http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		case "a/gone.json":
			return answer(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		case "a/tier.json", "a/big-tier.json":
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<Error><Code>InvalidObjectState</Code><Message>The operation is not valid for the object's access tier</Message>`+
				`<StorageClass>INTELLIGENT_TIERING</StorageClass><AccessTier>ARCHIVE_ACCESS</AccessTier></Error>`)
			return true
		case "a/slow.json":
			return answer(w, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
		case "a/rude.json":
			return answer(w, http.StatusTeapot, "R&#10;ude", strings.Repeat("very rude ", 1000))
		case "a/expired.json":
			return answer(w, http.StatusBadRequest, "ExpiredToken", "The provided token has expired.")
		case "a/big-no-ranges.json":
			r.Header.Del("Range")
		}
		return false
	}
	o := read(t, event.Options{}, "s3://my-logs/")
	if got := strings.Join(o.ids, " "); got != "d good" {
		t.Errorf("events %q", got)
	}
	const denied = "access denied: needs the permission s3:GetObject, and kms:Decrypt on its key if it is encrypted with SSE-KMS"
	for path, want := range map[string]string{
		"a/denied.json": "failed: " + denied, "a/big-denied.json": "failed: " + denied, "a/good.json": "read",
		"a/kms.json": "failed: access denied: needs the permission kms:Decrypt on the key that it is encrypted with: " +
			"User: arn:aws:iam::111122223333:user/hunt is not authorized to perform: kms:Decrypt",
		"a/cut.json":           "failed: the connection broke 8 times, the last time at byte 0: unexpected EOF",
		"a/changed.json":       "failed: the object was overwritten after it was listed",
		"a/gone.json":          "failed: the object was deleted after it was listed",
		"a/tier.json":          "skipped: archived in INTELLIGENT_TIERING: restore it first",
		"a/big-tier.json":      "skipped: archived in INTELLIGENT_TIERING: restore it first",
		"a/slow.json":          "failed: S3 asked to slow down, even after many attempts (SlowDown)",
		"a/expired.json":       "failed: the credentials have expired (ExpiredToken): log in again",
		"a/big-no-ranges.json": "failed: the server does not support byte ranges",
		"b/secret/":            "failed: access denied: needs the permission s3:ListBucket on the bucket my-logs",
	} {
		if !strings.Contains(o.text(), "s3://my-logs/"+path+": "+want+"\n") {
			t.Errorf("%s: got no %q in\n%s", path, want, o.text())
		}
	}
	rude := o.files["s3://my-logs/a/rude.json"].Reason
	if len(rude) > 700 || strings.ContainsAny(rude, "\x1b\n") || !strings.Contains(rude, "very rude") {
		t.Errorf("got %q", rude)
	}
	if strings.Contains(o.text(), secret) {
		t.Error("got a secret in the message")
	}
}

// TestPathsThatCannotBeListed checks that failed paths are listed as the user wrote them.
func TestPathsThatCannotBeListed(t *testing.T) {
	f := serve(t, map[string]string{"a/b.json": trail("b"), "c.json": trail("c")})
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		return isList(r) && strings.HasPrefix(r.URL.Path, "/my-logs") && answer(w, http.StatusForbidden, "AccessDenied", "Access Denied")
	}
	o := read(t, event.Options{}, "s3://my-logs/a/", "s3://my-logs/a", "s3://my-logs/c.json", "s3://my-logs/*.json", "s3://no-such-logs/a/", "s3://no-such-logs/a")
	const denied = ": failed: access denied: needs the permission s3:ListBucket on the bucket my-logs\n"
	want := "s3://my-logs/*.json" + denied + "s3://my-logs/a" + denied + "s3://my-logs/a/" + denied + "s3://my-logs/c.json: read\n" +
		"s3://no-such-logs/a: failed: the bucket does not exist\ns3://no-such-logs/a/: failed: the bucket does not exist\n"
	if got := o.text(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestAnUnreachableServerIsReported checks the message without the SDK's additions.
func TestAnUnreachableServerIsReported(t *testing.T) {
	serve(t, nil)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	if got := read(t, event.Options{}, "s3://my-logs/a/").text(); got != "s3://my-logs/a/: failed: dial tcp 127.0.0.1:1: connect: connection refused\n" {
		t.Errorf("got %s", got)
	}
}

// TestABrokenListingEndsWithAnError checks that earlier pages of the listing are read.
func TestABrokenListingEndsWithAnError(t *testing.T) {
	const head = `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>`
	for name, tt := range map[string]struct{ page, want string }{
		"it does not advance": {head + `</ListBucketResult>`, "the listing does not advance"},
		"it is no XML":        {"<ListBucketResult><IsTru", "deserialization"},
		"it is a web page":    {"<html><body>Log in first!</body></html>", "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, nil)
			f.before = func(w http.ResponseWriter, r *http.Request) bool {
				if isList(r) {
					_, _ = io.WriteString(w, tt.page)
				}
				return isList(r)
			}
			if got := read(t, event.Options{}, "s3://my-logs/a/").text(); !strings.Contains(got, tt.want) || !strings.HasPrefix(got, "s3://my-logs/a/: failed: ") {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestStoppingKeepsWhatWasRead checks that the rest is listed as not reached.
func TestStoppingKeepsWhatWasRead(t *testing.T) {
	objects := map[string]string{}
	for i := range 500 {
		objects[fmt.Sprintf("a/%03d.json", i)] = trail(fmt.Sprint(i))
	}
	big, _ := large(30 << 20)
	objects["a/big.json"] = big
	f := serve(t, objects)
	ctx, cancel := context.WithCancel(t.Context())
	f.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if !isList(r) && r.Header.Get("Range") == "" && f.got() > 200 {
			<-r.Context().Done() // until the client disconnects
		}
		return false
	}
	reader := event.NewReader(event.Options{Remote: open(t)})
	events := 0
	err := reader.Run(ctx, []string{"s3://my-logs/a/"}, 1, func(_ int, b *event.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			if events++; events == 50 {
				cancel()
			}
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || events < 50 {
		t.Errorf("got %d events, %v", events, err)
	}
	status := map[event.Status]int{}
	for _, file := range reader.Files() {
		status[file.Status]++
	}
	if status[event.Read] == 0 || status[event.Unread] == 0 || status[event.Failed] != 0 {
		t.Errorf("got %v", status)
	}
}
