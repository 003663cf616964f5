package s3_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/event/s3"
)

// TestArchivedObjectsAreSkipped checks storage classes, and that restored copies are read (S3 API reference,
// RestoreStatus).
func TestArchivedObjectsAreSkipped(t *testing.T) {
	f := serve(t, map[string]string{"restored.json": trail("r"), "instant.json": trail("i")})
	object := func(key, class, more string) string {
		return fmt.Sprintf(`<Contents><Key>%s</Key><Size>%d</Size><StorageClass>%s</StorageClass>%s</Contents>`, key, len(trail("r")), class, more)
	}
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if isList(r) {
			if r.Header.Get("X-Amz-Optional-Object-Attributes") != "RestoreStatus" {
				t.Error("the request does not ask for the restore status")
			}
			fmt.Fprint(w, `<ListBucketResult><IsTruncated>false</IsTruncated>`+object("cold.json", "GLACIER", "")+object("colder.json", "DEEP_ARCHIVE", "")+
				object("instant.json", "GLACIER_IR", "")+object("thawing.json", "GLACIER", `<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus>`)+
				object("restored.json", "GLACIER", `<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>2036-02-03T00:00:00Z</RestoreExpiryDate></RestoreStatus>`)+
				`</ListBucketResult>`)
		}
		return isList(r)
	}
	o := read(t, event.Options{}, "s3://my-logs")
	want := `s3://my-logs/cold.json: skipped: archived in GLACIER: restore it first
s3://my-logs/colder.json: skipped: archived in DEEP_ARCHIVE: restore it first
s3://my-logs/instant.json: read
s3://my-logs/restored.json: read
s3://my-logs/thawing.json: skipped: archived in GLACIER: restore it first
`
	if got := o.text(); got != want {
		t.Errorf("got %s", got)
	}
	if f.got() != 2 {
		t.Errorf("got %d object requests", f.got())
	}
}

// TestFollowsABucketToItsRegion: S3 answers requests that are signed for another region with the bucket's region in a
// header.
func TestFollowsABucketToItsRegion(t *testing.T) {
	f := serve(t, map[string]string{"a.json": trail("a"), "b.json": trail("b")})
	wrong := 0
	var mu sync.Mutex
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
		if strings.Contains(r.Header.Get("Authorization"), "/eu-central-1/s3/") {
			return false
		}
		mu.Lock()
		wrong++
		mu.Unlock()
		return answer(w, http.StatusMovedPermanently, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint.")
	}
	if o := read(t, event.Options{}, "s3://my-logs/"); len(o.ids) != 2 || wrong != 1 {
		t.Errorf("got %d requests in the wrong region:\n%s", wrong, o.text())
	}
	// A region name that would lead to another host must be ignored.
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("X-Amz-Bucket-Region", "evil.example.com/#")
		return answer(w, http.StatusMovedPermanently, "PermanentRedirect", "elsewhere")
	}
	want := "s3://my-logs/: failed: the bucket is in another region, which S3 does not report: set AWS_REGION (PermanentRedirect)\n"
	if got := read(t, event.Options{}, "s3://my-logs/").text(); got != want {
		t.Errorf("got %s", got)
	}
}

func TestRequesterPays(t *testing.T) {
	f := serve(t, map[string]string{"a.json": trail("a")})
	paid, unpaid := 0, 0
	var mu sync.Mutex
	f.before = func(_ http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if r.Header.Get("X-Amz-Request-Payer") == "requester" {
			paid++
		} else {
			unpaid++
		}
		return false
	}
	store, err := s3.Open(t.Context(), s3.Options{RequestPayer: true})
	if err != nil {
		t.Fatal(err)
	}
	if o := read(t, event.Options{Remote: store}, "s3://my-logs/"); len(o.ids) != 1 || unpaid != 0 || paid != 2 {
		t.Errorf("got %d requests with requester-pays and %d without:\n%s", paid, unpaid, o.text())
	}
}

func TestMissingCredentialsAndProfilesAreReported(t *testing.T) {
	serve(t, nil)
	if _, err := s3.Open(t.Context(), s3.Options{Profile: "absent"}); !errors.Is(err, s3.ErrConfig) || !strings.Contains(err.Error(), "absent") {
		t.Errorf("%v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("HOME", t.TempDir())
	if _, err := s3.Open(t.Context(), s3.Options{}); !errors.Is(err, s3.ErrCredentials) {
		t.Errorf("%v", err)
	}
}
