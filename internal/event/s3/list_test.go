package s3_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/event"
)

const (
	base = "AWSLogs/o-exampleorg1/111122223333/CloudTrail/eu-west-1/"
	name = "111122223333_CloudTrail_eu-west-1_"
)

// TestPathKinds lists paths that are an object, a folder, a pattern, or a prefix.
func TestPathKinds(t *testing.T) {
	serve(t, map[string]string{
		"a": trail("a"), "a/1.json": trail("a1"), "a/sub/2.json": trail("a2"), "ab/3.json": trail("ab3"), "b[1].json": trail("b1"),
		"x/y/4.json": trail("4"), "x/y/z/5.json": trail("5"), "x/w/6.json": trail("6"), "x/w/": "",
		"day/1.json": trail("d1"), "day/10.json": trail("d10"),
	})
	for path, want := range map[string]string{
		"":                             "4 5 6 a a1 a2 ab3 b1 d1 d10",
		"/a":                           "a a1 a2", // exactly that name, so not ab
		"/a/":                          "a1 a2",
		"/a/1.json":                    "a1",
		"/ab":                          "ab3",
		"/x/y/4":                       "4", // a prefix
		"/day/1":                       "d1 d10",
		"/x/y":                         "4 5",
		"/x/":                          "4 5 6",
		"/b[1].json":                   "b1", // an object has exactly that name
		"/b[[]1].json":                 "b1",
		"/a*":                          "a a1 a2 ab3",
		"/?/y/*.json":                  "4",
		"/x/*":                         "4 5 6",
		"/x/*/[46].json":               "4 6",
		"/**/*.json":                   "4 5 6 a1 a2 ab3 b1 d1 d10",
		"/x/**/5.json":                 "5",
		"/x/**":                        "4 5 6",
		"/x/../a/1.json":               "",
		"/nothing/":                    "",
		"/nothing":                     "",
		"/no*":                         "",
		"/x/y/4.json /x/ /x/w/6.json/": "4 5 6",
	} {
		t.Run(path, func(t *testing.T) {
			var paths []string
			for _, p := range strings.Split(path, " ") {
				paths = append(paths, "s3://my-logs"+p)
			}
			o := read(t, event.Options{}, paths...)
			if got := strings.Join(o.ids, " "); got != want {
				t.Errorf("%q, want %q:\n%s", got, want, o.text())
			}
			if want == "" && !strings.Contains(o.text(), "s3://my-logs"+path+": failed: ") {
				t.Errorf("the path was not reported:\n%s", o.text())
			}
		})
	}
}

func TestMalformedPatterns(t *testing.T) {
	serve(t, map[string]string{"a": trail("a")})
	if got := read(t, event.Options{}, "s3://my-logs/a[").text(); got != "s3://my-logs/a[: failed: the pattern is malformed\n" {
		t.Errorf("got %s", got)
	}
}

// organisation returns the objects of two accounts with CloudTrail from 2024 to 2026 and other logs.
func organisation() map[string]string {
	objects := map[string]string{
		"AWSLogs/o-exampleorg1/111122223333/CloudTrail-Digest/eu-west-1/2026/02/03/111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260203T000000Z.json.gz": "{}",
		"AWSLogs/222233334444/vpcflowlogs/us-east-1/2026/02/03/a.log":                               "version\n",
		"AWSLogs/222233334444/vpcflowlogs/us-east-1/2026/01/03/a.log":                               "version\n",
		"AWSLogs/222233334444/WAFLogs/us-east-1/2023/2026/02/03/04/05/a.log":                        "{}",
		"AWSLogs/222233334444/Config/us-east-1/2026/2/3/ConfigSnapshot/a.json":                      "{}",
		"hive/year=2026/month=2/day=3/hour=4/a.json":                                                trail("hive"),
		"hive/year=2026/month=02/day=11/a.json":                                                     trail("late"),
		"hive/year=2025/month=02/day=03/a.json":                                                     trail("old"),
		"collected/2025/02/03/a.json":                                                               trail("collected"),
		"AWSLogs/aws-account-id=111122223333/aws-region=eu-west-1/year=2026/month=01/day=03/a.json": trail("partition"),
	}
	for _, d := range []string{"2024/12/31", "2025/02/03", "2026/01/31", "2026/02/01", "2026/02/02", "2026/02/03", "2026/02/04", "2026/02/05", "2026/03/01"} {
		objects[base+d+"/"+name+strings.ReplaceAll(d, "/", "")+"T0005Z_x.json.gz"] = trail(d)
		objects[strings.ReplaceAll(base, "eu-west-1", "us-east-1")+d+"/a.json"] = trail("us " + d)
	}
	return objects
}

// TestDaysOutsideTheRangeAreNotListed: the folder of the day after the range is read too, since delivery is late.
func TestDaysOutsideTheRangeAreNotListed(t *testing.T) {
	f := serve(t, organisation())
	options := event.Options{From: day(t, "2026-02-02").Add(5e9), To: day(t, "2026-02-03").Add(6e12)}
	o := read(t, options, "s3://my-logs/"+base)
	if got := strings.Join(o.ids, " "); got != "2026/02/02 2026/02/03 2026/02/04" {
		t.Errorf("events %s:\n%s", got, o.text())
	}
	var want []string
	for _, p := range []string{"", "2026/", "2026/02/", "2026/02/02/…", "2026/02/03/…", "2026/02/04/…"} {
		want = append(want, base+p)
	}
	if got := f.listed(); !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
	if f.got() != 3 {
		t.Errorf("got %d object requests", f.got())
	}
	for path, reason := range map[string]string{
		"2024/": "folder of a year outside the time range", "2026/03/": "folder of a month outside the time range",
		"2026/02/01/": "folder of a day outside the time range",
	} {
		if file := o.files["s3://my-logs/"+base+path]; file == nil || file.Status != event.Skipped || file.Reason != reason {
			t.Errorf("got no file %s with reason %q:\n%s", path, reason, o.text())
		}
	}
	file := o.files["s3://my-logs/"+base+"2026/02/03/"+name+"20260203T0005Z_x.json.gz"]
	if file == nil || file.Bucket.Account != "111122223333" || file.Bucket.Region != "eu-west-1" || !file.Bucket.Time.Equal(day(t, "2026-02-03").Add(300e9)) {
		t.Errorf("got file %+v", file)
	}
}

// TestTheSameHoweverItIsListed checks that the result does not depend on where in the bucket the path begins.
func TestTheSameHoweverItIsListed(t *testing.T) {
	serve(t, organisation())
	options := event.Options{From: day(t, "2026-02-02"), To: day(t, "2026-02-03")}
	want := "2026/02/02 2026/02/03 2026/02/04 collected hive us 2026/02/02 us 2026/02/03 us 2026/02/04"
	whole := read(t, options, "s3://my-logs")
	if got := strings.Join(whole.ids, " "); got != want {
		t.Errorf("events %s:\n%s", got, whole.text())
	}
	parts := read(t, options, "s3://my-logs/AWSLogs/", "s3://my-logs/hive/*", "s3://my-logs/coll", "s3://my-logs/**/a.json")
	if got := strings.Join(parts.ids, " "); got != want {
		t.Errorf("by parts: got events %s:\n%s", got, parts.text())
	}
	for _, path := range []string{
		"AWSLogs/o-exampleorg1/111122223333/CloudTrail-Digest/", "AWSLogs/222233334444/vpcflowlogs/us-east-1/2026/01/",
		"hive/year=2025/", "hive/year=2026/month=02/day=11/", "AWSLogs/aws-account-id=111122223333/aws-region=eu-west-1/year=2026/month=01/",
	} {
		if file := whole.files["s3://my-logs/"+path]; file == nil || file.Status != event.Skipped {
			t.Errorf("got no file %s:\n%s", path, whole.text())
		}
	}
	// The name of a web ACL is not a year, and a date outside the known layouts has no meaning.
	for _, path := range []string{"AWSLogs/222233334444/WAFLogs/us-east-1/2023/2026/02/03/04/05/a.log", "collected/2025/02/03/a.json"} {
		if whole.files["s3://my-logs/"+path] == nil {
			t.Errorf("%s was not read:\n%s", path, whole.text())
		}
	}
}

// TestWithoutARangeAllIsListed checks that there is one request per thousand objects of a region and year.
func TestWithoutARangeAllIsListed(t *testing.T) {
	f := serve(t, organisation())
	o := read(t, event.Options{}, "s3://my-logs/AWSLogs/o-exampleorg1/")
	if len(o.ids) != 18 {
		t.Errorf("got %d events:\n%s", len(o.ids), o.text())
	}
	org := "AWSLogs/o-exampleorg1/"
	want := []string{org, org + "111122223333/", org + "111122223333/CloudTrail/"}
	for _, region := range []string{"eu-west-1/", "us-east-1/"} {
		want = append(want, org+"111122223333/CloudTrail/"+region)
		for _, year := range []string{"2024/…", "2025/…", "2026/…"} {
			want = append(want, org+"111122223333/CloudTrail/"+region+year)
		}
	}
	if got := f.listed(); !slices.Equal(got, want) {
		t.Errorf("listed %q,\nwant %q", got, want)
	}
}

// TestManyUnknownFoldersAreListedFlat checks that they do not cost a request each.
func TestManyUnknownFoldersAreListedFlat(t *testing.T) {
	objects := map[string]string{base + "2025/02/03/a.json": trail("old")}
	var want []string
	for i := range 1500 {
		objects[fmt.Sprintf("%04x/%04x/%d/2/3/4/5/6/a.json", i, i, i)] = trail(fmt.Sprintf("%04d", i))
		want = append(want, fmt.Sprintf("%04d", i))
	}
	f := serve(t, objects)
	o := read(t, event.Options{From: day(t, "2026-02-02")}, "s3://my-logs")
	if !slices.Equal(o.ids, want) {
		t.Errorf("got %d events", len(o.ids))
	}
	if n := len(f.listed()); n > 5 {
		t.Errorf("got %d listings: %q", n, f.listed()[:5])
	}
	if file := o.files["s3://my-logs/"+base+"2025/"]; file == nil || file.Status != event.Skipped {
		t.Error("the folder of the old year was not skipped")
	}
}
