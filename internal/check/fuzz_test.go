package check

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/egret-hunt/egret/source"
)

// FuzzRun checks any text: no panic, every position lies in the file, and fixes give a text that can be checked again.
func FuzzRun(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "example", "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(archive.Files[0].Data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for range 2 {
			input := Input{Name: "aws_fuzz_rule.yml", Read: func() ([]byte, error) { return []byte(text), nil }}
			result, err := Run(context.Background(), []Input{input}, Options{Today: time.Unix(1_800_000_000, 0)})
			if err != nil {
				t.Fatal(err)
			}
			var file *source.File
			for _, d := range result.Diagnostics {
				if file = d.Span.File; d.Span.Start < 0 || d.Span.End > len(file.Text) || d.Span.Start > d.Span.End {
					t.Fatalf("%s: span %d to %d of %d bytes", d.Check.ID, d.Span.Start, d.Span.End, len(file.Text))
				}
				for _, fix := range d.Fixes {
					if fix.Span.Start < 0 || fix.Span.End > len(file.Text) || fix.Span.Start > fix.Span.End {
						t.Fatalf("%s: fix of %d to %d of %d bytes", d.Check.ID, fix.Span.Start, fix.Span.End, len(file.Text))
					}
				}
			}
			if file == nil {
				return
			}
			text, _ = Fixed(file, result.Diagnostics)
		}
	})
}

// FuzzValidation reads any configuration: an error or options, never a panic.
func FuzzValidation(f *testing.F) {
	f.Add("validators:\n  - all\n  - -tlptag\nexclusions:\n  0a1b2c3d-0000-4000-8000-000000000001: [attacktag]\n  null: tlptag\nconfig:\n  filename_length:\n    max_size: 20\n")
	f.Add("validators: all")
	f.Add("[")
	f.Fuzz(func(_ *testing.T, text string) {
		var opt Options
		_ = ApplyValidation([]byte(text), &opt)
	})
}

func TestValidationConfiguration(t *testing.T) {
	const text = "validators:\n  - all\n  - -tlptag\nexclusions:\n  0A1B2C3D-0000-4000-8000-000000000001: attacktag\n  null: [cvetag]\nconfig:\n  filename_length:\n    max_size: 12\n"
	var opt Options
	if err := ApplyValidation([]byte(text), &opt); err != nil {
		t.Fatal(err)
	}
	const rule = "title: A\nid: 0a1b2c3d-0000-4000-8000-000000000001\ntags:\n    - attack.t9999\n    - cve.x\n    - tlp.x\nlogsource:\n    product: aws\ndetection:\n    s:\n        a: b\n    condition: s\n"
	result := runChecks(t, []Input{{Name: "aws_sign_in_rule.yml", Read: func() ([]byte, error) { return []byte(rule), nil }}}, opt)
	found := map[string]bool{}
	for _, d := range result.Diagnostics {
		found[d.Check.ID] = true
	}
	for id, want := range map[string]bool{"attack-tag": false, "cve-tag": false, "tlp-tag": false, "tlpv2-tag": true, "filename-length": true} {
		if found[id] != want {
			t.Errorf("%s reports: %v, expected %v", id, found[id], want)
		}
	}
	for _, bad := range []string{"validators: [nonsense]", "validator: []", "exclusions: []", "config: {tlptag: 3}"} {
		if err := ApplyValidation([]byte(bad), &Options{}); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}
