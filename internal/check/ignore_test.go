package check

import (
	"slices"
	"testing"
)

// TestIgnoreScopes silences a check by a comment and looks at what is still reported, by line.
func TestIgnoreScopes(t *testing.T) {
	const head = "title: Sign-In\nlogsource:\n    product: aws\n"
	for _, c := range []struct {
		name, text string
		want       []int // lines with double-wildcard
		unused     bool
	}{
		{"behind a line", head + "detection:\n    s:\n        a: 'x**y' # egret:ignore double-wildcard the log has both\n        b: 'x**y'\n    condition: s\n", []int{7}, false},
		{"above a line", head + "detection:\n    s:\n        # egret:ignore double-wildcard the log has both\n        a: 'x**y'\n        b: 'x**y'\n    condition: s\n", []int{8}, false},
		{"above the document", "# egret:ignore double-wildcard the log has both\n" + head + "detection:\n    s:\n        a: 'x**y'\n        b: 'x**y'\n    condition: s\n", nil, false},
		{"above one of two documents", "# egret:ignore double-wildcard the log has both\n" + head + "detection:\n    s:\n        a: 'x**y'\n    condition: s\n---\n" + head + "detection:\n    s:\n        a: 'x**y'\n    condition: s\n", []int{15}, false},
		{"without a reason", head + "detection:\n    s:\n        a: 'x**y' # egret:ignore double-wildcard\n    condition: s\n", []int{6}, false},
		{"in a value", head + "detection:\n    s:\n        a: 'x**y#egret:ignore double-wildcard no comment'\n    condition: s\n", []int{6}, false},
		{"of another check", head + "detection:\n    s:\n        a: 'x**y' # egret:ignore escaped-wildcard the log has both\n    condition: s\n", []int{6}, true},
	} {
		result := runChecks(t, []Input{{Name: "aws_sign_in_rule.yml", Read: func() ([]byte, error) { return []byte(c.text), nil }}}, Options{})
		var got []int
		unused := false
		for _, d := range result.Diagnostics {
			unused = unused || d.Check.ID == "ignore-unused"
			if d.Check.ID == "double-wildcard" {
				got = append(got, d.Span.File.Position(d.Span.Start).Line)
			}
		}
		if !slices.Equal(got, c.want) || unused != c.unused {
			t.Errorf("%s: reported in lines %v, expected %v; unused comment: %v", c.name, got, c.want, unused)
		}
	}
}
