package ddl_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/ddl"
)

// hostile lists characters that could end a literal, a name, a comment or a statement.
var hostile = []string{"'", `"`, "\\", "`", "%", "_", ";", "-", "/", "*", "(", ")", "$", "{", "}", "\n", "\r", "\x00", "\u2028", "é", " ", "a"}

// TestHostileNamesStayValues uses each string of up to three hostile characters as every option that takes a name.
// Either Write rejects it, or the statement differs only in the value, which parses back to the input.
func TestHostileNamesStayValues(t *testing.T) {
	p := layout(t, "cloudtrail/athena")
	base := write(t, "cloudtrail/athena", sample("cloudtrail/athena"))
	third, least := hostile, 4000
	if testing.Short() {
		third, least = hostile[:2], 500
	}
	var texts []string
	for _, a := range hostile {
		texts = append(texts, a)
		for _, b := range hostile {
			texts = append(texts, a+b)
			for _, c := range third {
				texts = append(texts, a+b+c)
			}
		}
	}
	texts = append(texts, "x' OR 1=1 -- ", "a`; DROP TABLE b; --", "*/ DROP TABLE b; /*", `\'; DROP TABLE b; --`)
	written := 0
	for _, text := range texts {
		for field, set := range map[string]func(*ddl.Options){
			"bucket":       func(o *ddl.Options) { o.Bucket = "my" + text + "logs" },
			"prefix":       func(o *ddl.Options) { o.Prefix = "x" + text + "y" },
			"table":        func(o *ddl.Options) { o.Table = "t" + text },
			"organisation": func(o *ddl.Options) { o.Organization = "o-" + text + "exampleorg" },
			"account":      func(o *ddl.Options) { o.Accounts = []string{"1111222233" + text} },
			"region":       func(o *ddl.Options) { o.Regions = []string{"eu-west-1" + text} },
		} {
			o := sample("cloudtrail/athena")
			set(&o)
			s, err := ddl.Write(p, o)
			var r *ddl.RefusedError
			if errors.As(err, &r) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			written++
			got, err := read(s.Text)
			if err != nil {
				t.Fatalf("%s %q: got %v\n%s", field, text, err, s.Text)
			}
			want := "s3://" + o.Bucket + "/"
			if o.Prefix != "" {
				want += o.Prefix + "/"
			}
			want += "AWSLogs/"
			if o.Organization != "" {
				want += o.Organization + "/"
			}
			want += o.Accounts[0] + "/CloudTrail/" + o.Regions[0] + "/"
			if got.location != want || got.rest["storage.location.template"] != want+"${timestamp}/" {
				t.Fatalf("%s %q: location %q", field, text, got.location)
			}
			if strings.TrimPrefix(got.name, "logs.") != strings.TrimPrefix(o.Table, "logs.") {
				t.Fatalf("%s %q: name %q", field, text, got.name)
			}
			if diff := cmp.Diff(base.columns, got.columns, cmp.AllowUnexported(column{})); diff != "" {
				t.Fatalf("%s %q: %s", field, text, diff)
			}
			if diff := cmp.Diff(base.comments, got.comments); diff != "" {
				t.Fatalf("%s %q: %s", field, text, diff)
			}
		}
	}
	if written < least {
		t.Errorf("got only %d statements", written)
	}
}

// TestHostilePrefixesStayInTheExample checks the location in the comment that shows how to add a partition.
func TestHostilePrefixesStayInTheExample(t *testing.T) {
	for _, prefix := range []string{"a' b", "a\u00a0b", `a\`, "a-- b", "x; DROP"} {
		o := sample("cloudtrail/athena-partitioned")
		o.Prefix = prefix
		s, err := ddl.Write(layout(t, "cloudtrail/athena-partitioned"), o)
		var r *ddl.RefusedError
		if errors.As(err, &r) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got := mustRead(t, s.Text)
		if !strings.Contains(strings.Join(got.comments, "\n"), "LOCATION ") {
			t.Errorf("%q: got no example", prefix)
		}
		for _, c := range got.comments {
			if _, example, ok := strings.Cut(c, "LOCATION "); ok {
				list, _, err := tokens(example)
				if err != nil || len(list) != 1 || !strings.HasPrefix(list[0].text, "s3://my-logs/"+prefix+"/AWSLogs/") {
					t.Errorf("%q: got %v %v", prefix, list, err)
				}
			}
		}
	}
}
