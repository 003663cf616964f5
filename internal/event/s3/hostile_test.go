package s3_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/testkit"
)

// bucketOf answers like a bucket of these objects, strictly as the API reference of ListObjectsV2 says: names are
// URL-encoded on request, and a folder is a prefix up to the next delimiter. gofakes3 supports no encoding and no keys
// that begin with a slash.
func bucketOf(objects map[string]string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !isList(r) {
			key := strings.TrimPrefix(r.URL.Path, "/my-logs/")
			text, ok := objects[key]
			if !ok {
				return answer(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
			}
			fmt.Fprint(w, text)
			return true
		}
		q := r.URL.Query()
		name := func(s string) string { return s }
		if q.Get("encoding-type") == "url" {
			name = url.QueryEscape
		}
		var keys []string
		for key := range objects {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		prefix, last := q.Get("prefix"), ""
		fmt.Fprintf(w, `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated><EncodingType>%s</EncodingType>`, q.Get("encoding-type"))
		for _, key := range keys {
			if !strings.HasPrefix(key, prefix) {
				continue
			}
			if folder, _, below := strings.Cut(key[len(prefix):], "/"); below && q.Get("delimiter") == "/" {
				if folder != last || last == "" {
					fmt.Fprintf(w, `<CommonPrefixes><Prefix>%s</Prefix></CommonPrefixes>`, name(prefix+folder+"/"))
				}
				last = folder
				continue
			}
			fmt.Fprintf(w, `<Contents><Key>%s</Key><Size>%d</Size></Contents>`, name(key), len(objects[key]))
		}
		fmt.Fprint(w, `</ListBucketResult>`)
		return true
	}
}

// TestHostileKeysAreKeys checks that keys never become local files and that listings with them can be parsed.
func TestHostileKeysAreKeys(t *testing.T) {
	objects := map[string]string{}
	var want []string
	for i, key := range []string{
		"../../etc/passwd", "a/../b.json", "a/./c.json", "a//d.json", "/e.json", "//f.json", "a/\x01\x1b[31mred\x1b[0m.json", "a/line\nbreak.json",
		"a/<x>&amp;.json", "a/plus+and space.json", "a/%2e%2e/%00.json", "a/slash/", "ends/in/folder//", "a/\u202egnirts.json", "a/q?x=1#y.json",
		"a/" + strings.Repeat("long", 240), `a\b\c.json`, "a/'\"; DROP TABLE x.json", "a/ü/語.json", "a/*?[b].json",
	} {
		id := fmt.Sprintf("%02d", i)
		objects[key] = trail(id)
		want = append(want, id)
	}
	objects["marker/"] = ""
	f := serve(t, nil)
	f.before = bucketOf(objects)
	for _, path := range []string{"s3://my-logs", "s3://my-logs/*", "s3://my-logs/**/*"} {
		o := read(t, event.Options{}, path)
		if !slices.Equal(o.ids, want) {
			t.Errorf("%s: events %q, want %q:\n%q", path, o.ids, want, o.text())
		}
		for key := range objects {
			if o.files["s3://my-logs/"+key] == nil && key != "marker/" {
				t.Errorf("%s: got no file %q", path, key)
			}
		}
		if o.files["s3://my-logs/marker/"] != nil {
			t.Errorf("%s: got the marker of a folder as a file", path)
		}
	}
	if o := read(t, event.Options{}, "s3://my-logs/a/*?[b].json"); len(o.ids) != 1 {
		t.Errorf("got %s", o.text())
	}
}

// TestAnswersThatLeadInCirclesEnd checks listings with folders that are not below the requested one, and with objects
// outside of it.
func TestAnswersThatLeadInCirclesEnd(t *testing.T) {
	f := serve(t, nil)
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if len(f.listed()) > 10 {
			return answer(w, http.StatusForbidden, "AccessDenied", "enough")
		}
		fmt.Fprint(w, `<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>elsewhere</Key><Size>5</Size></Contents>`+
			`<CommonPrefixes><Prefix>AWSLogs/</Prefix></CommonPrefixes><CommonPrefixes><Prefix></Prefix></CommonPrefixes>`+
			`<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes></ListBucketResult>`)
		return true
	}
	if got := read(t, event.Options{}, "s3://my-logs/AWSLogs/").text(); got != "s3://my-logs/AWSLogs/: failed: nothing to read here\n" {
		t.Errorf("got %s", got)
	}
}

// TestSizesThatLieAreNoticed checks that an object that is shorter than its listed size fails, and that no more than
// the listed size is read of a longer one.
func TestSizesThatLieAreNoticed(t *testing.T) {
	f := serve(t, nil)
	objects := bucketOf(map[string]string{"long.json": trail("a"), "short.json": trail("b"), "negative.json": trail("c")})
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !isList(r) {
			return objects(w, r)
		}
		fmt.Fprintf(w, `<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>long.json</Key><Size>20</Size></Contents>`+
			`<Contents><Key>negative.json</Key><Size>-5</Size></Contents><Contents><Key>short.json</Key><Size>7000000</Size></Contents></ListBucketResult>`)
		return true
	}
	o := read(t, event.Options{}, "s3://my-logs")
	for path, want := range map[string]string{"long.json": ": failed", "negative.json": ": failed: empty", "short.json": ": failed: the server does not support byte ranges"} {
		if !strings.Contains(o.text(), path+want) {
			t.Errorf("%s: got no %q in\n%s", path, want, o.text())
		}
	}
}

// TestManyPagesOfNames checks that all pages of a long listing are read.
func TestManyPagesOfNames(t *testing.T) {
	f := serve(t, nil)
	pages, each := testkit.Rounds(2, 4, 8), 1000
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !isList(r) {
			fmt.Fprint(w, trail(r.URL.Path))
			return true
		}
		n := 0
		_, _ = fmt.Sscan(r.URL.Query().Get("continuation-token"), &n)
		fmt.Fprintf(w, `<ListBucketResult><IsTruncated>%t</IsTruncated><NextContinuationToken>%d</NextContinuationToken>`, n+1 < pages, n+1)
		for i := range each {
			key := fmt.Sprintf("x/%05d.json", n*each+i)
			fmt.Fprintf(w, `<Contents><Key>%s</Key><Size>%d</Size></Contents>`, key, len(trail("/my-logs/"+key)))
		}
		fmt.Fprint(w, `</ListBucketResult>`)
		return true
	}
	if o := read(t, event.Options{}, "s3://my-logs/x/"); len(o.ids) != pages*each || len(o.files) != pages*each {
		t.Errorf("got %d events of %d files", len(o.ids), len(o.files))
	}
}
