package connector_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/connector"
	"github.com/egret-hunt/egret/internal/testkit"
)

// hostilePlaces are patterns with a text as a literal of each operator, and as a part of an object path.
var hostilePlaces = []string{
	"[ipv4-addr:value = TEXT]", "[ipv4-addr:value != TEXT]", "[ipv4-addr:value NOT = TEXT]", "[x-ibm-finding:name IN ('a', TEXT)]",
	"[domain-name:value < TEXT]", "[x-aws-details:account_id >= TEXT]", "[user-account:user_id LIKE TEXT]", "[user-account:user_id MATCHES TEXT]",
	"[ipv4-addr:value ISSUBSET TEXT]", "[ipv4-addr:value ISSUPERSET TEXT]", "[network-traffic:protocols[*] = TEXT]", "[network-traffic:src_port = TEXT]",
	"[network-traffic:start = TEXT]", "[ipv4-addr:value = 'a' OR x-ocsf-cloud:TEXT = 'b']", "[ipv4-addr:value = 'a' OR user-account:extensions.TEXT.b = 'b']",
}

var sqlLiteral = regexp.MustCompile(`'(?:[^']|'')*'`)

// sqlText matches literals with control characters, which are calls of chr, once literals are question marks.
var sqlText = regexp.MustCompile(`(?:\?|chr\([0-9]+\))(?: \|\| (?:\?|chr\([0-9]+\)))*`)

// skeletons returns the conditions that a pattern is translated to, without the texts of literals; nil if it is refused.
func skeletons(t *testing.T, pattern string) []string {
	t.Helper()
	answer := connector.Translate(pattern, connector.Options{Language: "stix"}, nil, time.Unix(1_772_445_600, 0))
	text, err := answer.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Queries []map[string]string }
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, q := range got.Queries {
		for service, sql := range q { // there is one
			for _, literal := range sqlLiteral.FindAllString(sql, -1) {
				if strings.Contains(literal, "##") { // a mark that Query would look for
					t.Errorf("%s: %s", pattern, literal)
				}
			}
			out = append(out, service+" "+strings.ReplaceAll(sqlText.ReplaceAllString(sqlLiteral.ReplaceAllString(sql, "?"), "?"), "(?)", "?"))
		}
	}
	return out
}

// TestTranslateKeepsTextsInLiterals translates hostile texts in every place. Outside of literals the SQL is that of harmless texts.
func TestTranslateKeepsTextsInLiterals(t *testing.T) {
	chars := []string{"'", `"`, `\`, "-", "/", "*", ";", "%", "_", "(", ")", "\x00", "\n", "`", "#", "$", "{", "?", "’", "\u2028", "##IF time##(", "##TABLE##"}
	var texts []string
	for _, a := range chars {
		texts = append(texts, a)
		for _, b := range chars {
			texts = append(texts, a+b)
			for _, c := range chars {
				texts = append(texts, a+b+c)
			}
		}
	}
	step := 97
	if testkit.Long() {
		step = 1
	}
	quote := func(text string) string { return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'" }
	harmless := []string{"a", "1", "1.5", "A", "é", "a.b", "%", "_", "a%", "%a", "%a%", "a%b", "_a", "tcp", "", "1a", "٣"}
	made, refused := 0, 0
	for _, place := range hostilePlaces {
		known := map[string]bool{}
		for _, text := range harmless {
			for _, s := range skeletons(t, strings.ReplaceAll(place, "TEXT", quote(text))) {
				known[s] = true
			}
		}
		for i := 0; i < len(texts); i += step {
			list := skeletons(t, strings.ReplaceAll(place, "TEXT", quote(texts[i])))
			if list == nil {
				refused++
			}
			for _, s := range list {
				if made++; !known[s] {
					t.Errorf("%s with %q: %s", place, texts[i], s)
					known[s] = true
				}
			}
		}
	}
	t.Logf("%d conditions, %d patterns refused", made, refused)
	if made < len(hostilePlaces)*len(texts)/step {
		t.Error(fmt.Sprint("only ", made, " conditions"))
	}
}
