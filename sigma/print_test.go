package sigma

import (
	"testing"
)

func TestPrintedExamplesParseToTheSameTree(t *testing.T) {
	for name, text := range map[string]string{
		"rule": exampleRule, "correlation": exampleCorrelation, "filter": exampleFilter,
		"all": exampleRule + "---\n" + exampleCorrelation + "---\n" + exampleFilter,
	} {
		t.Run(name, func(t *testing.T) {
			collection, list := parseText(text)
			expectCodes(t, list, "")
			if n := len(collection.Rules) + len(collection.Correlations) + len(collection.Filters); n == 0 {
				t.Fatal("nothing was read")
			}
			checkRoundTrip(t, collection)
		})
	}
}

func TestPrintIsReadable(t *testing.T) {
	collection, _ := parseText("level: high\ntitle: Root login\ndetection:\n    condition: (s) or (a and b)\n" +
		"    s: {userIdentity.type: Root, eventName|contains|all: [a, b]}\n    a: [x]\n    b: [{c: 1}, {d: 2, e: null}]\n" +
		"date: 2024-01-31\nlogsource: {product: aws}\n")
	want := `title: Root login
date: 2024-01-31
level: high
logsource:
    product: aws
detection:
    s:
        userIdentity.type: 'Root'
        eventName|contains|all:
            - 'a'
            - 'b'
    a:
        - 'x'
    b:
        - c: 1
        - d: 2
          e: null
    condition: s or a and b
`
	if got, err := Print(collection); err != nil || got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
