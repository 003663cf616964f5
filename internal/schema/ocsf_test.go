package schema_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
)

// faulty marks a value that differs between the two sides of a sample by mistake.
const faulty = "the sample is wrong"

// TestPlacesFollowTheSamplesOfOCSF compares examples of the OCSF project: pairs of a log record and what AWS makes of
// it. Each value of the record must be at its mapped location in the other one, or be listed here with the reason why
// it is not.
func TestPlacesFollowTheSamplesOfOCSF(t *testing.T) {
	for _, test := range []struct {
		layout, folder, name string
		withoutPlace         map[string]string
	}{
		{"cloudtrail/security-lake-v2", "CloudTrail/API Activity/samples", "generic_api_activity", nil},
		{"cloudtrail/security-lake-v2", "CloudTrail/Account Change/samples", "account_change", nil},
		{"cloudtrail/security-lake-v2", "CloudTrail/Authentication/samples", "authentication", nil},
		{"route53/security-lake-v2", "Route53/samples", "route53", nil},
		{"vpcflow/security-lake-v2", "VPC Flowlogs/samples", "vpcflowlog", map[string]string{
			"start":        "a timestamp in OCSF",
			"end":          "a timestamp in OCSF",
			"traffic-path": "words in OCSF",
			"interface-id": faulty, // made anonymous in two ways
		}},
		{"securityhub/security-lake-v2", "Security Hub/Detection Finding/samples", "sechub-guardduty", map[string]string{
			"ProductFields.aws/guardduty/service/action/awsApiCallAction/remoteIpDetails/geoLocation/lat": "one rounded list of both in OCSF",
			"ProductFields.aws/guardduty/service/action/awsApiCallAction/remoteIpDetails/geoLocation/lon": "one rounded list of both in OCSF",
			"ProductFields.aws/guardduty/service/additionalInfo/value":                                    "evidences.data, which other products use differently",
		}},
		{"securityhub/security-lake-v2", "Security Hub/Compliance Finding/samples", "sechub-pci", nil},
		{"securityhub/security-lake-v2", "Security Hub/Vulnerability Finding/samples", "inspector", map[string]string{
			"ProductFields.aws/inspector/ProductVersion": "metadata.product.version, for this product only",
		}},
		{"eks/security-lake-v2", "EKS Audit Logs/samples", "eks", map[string]string{
			"kind":               "the same in every entry",
			"objectRef.resource": "joined with the subresource",
		}},
		{"waf/security-lake-v2", "WAF/Samples", "waf", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := testkit.Shared(t, "data", "ocsf-aws") + "/" + test.folder + "/" + test.name
			p := layout(t, test.layout)
			row := decodeJSON(t, read(t, file+".ocsf")).(map[string]any)
			checked := 0
			for path, leaf := range record(t, read(t, file+".raw")) {
				if reason, ok := test.withoutPlace[path]; ok {
					if found, ok := firstOf(p.Locations(path), row); ok && reason != faulty {
						t.Errorf("%s: got locations %q, want none", path, found)
					}
					continue
				}
				places := p.Locations(path)
				want := leaf.texts
				if len(places) > 0 && places[0].Time != nil {
					want = []string{instant(t, want[0])}
				}
				found, ok := firstOf(places, row)
				// Elements of a joined list cannot be told from parts of elements with commas.
				if !ok || strings.Join(found, ",") != strings.Join(want, ",") || !leaf.crossed && len(found) > 1 {
					t.Errorf("%s: at %q got %q, want %q", path, shown(places), found, want)
				}
				checked++
			}
			if checked < 15 {
				t.Errorf("compared only %d values", checked)
			}
		})
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decodeJSON(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// leafTexts holds the values below one path of a record; crossed means that the path goes through a list of objects or
// ends at a list.
type leafTexts struct {
	texts   []string
	crossed bool
}

// record returns the values of a record by path. The text is JSON, or a table with one row.
func record(t *testing.T, text []byte) map[string]*leafTexts {
	t.Helper()
	leaves := map[string]*leafTexts{}
	if text[0] == '{' {
		flatten(leaves, "", decodeJSON(t, text), false)
		return leaves
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v, %d rows", err, len(rows))
	}
	for i, name := range rows[0] {
		leaves[strings.ReplaceAll(name, "_", "-")] = &leafTexts{texts: []string{rows[1][i]}}
	}
	return leaves
}

func flatten(leaves map[string]*leafTexts, path string, v any, crossed bool) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for key, member := range v {
			flatten(leaves, strings.TrimPrefix(path+"."+key, "."), member, crossed)
		}
	case []any:
		for _, element := range v {
			flatten(leaves, path, element, true)
		}
	default:
		if leaves[path] == nil {
			leaves[path] = &leafTexts{crossed: crossed}
		}
		leaves[path].texts = append(leaves[path].texts, plain(v))
	}
}

func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, _ := json.Marshal(v)
	return string(text)
}

// instant returns a time in milliseconds, the precision that the mapping keeps.
func instant(t *testing.T, text string) string {
	t.Helper()
	at, ok := value.ParseTime([]byte(text))
	if !ok {
		t.Fatalf("%q is not a time", text)
	}
	return at.UTC().Truncate(1e6).Format("2006-01-02T15:04:05.000")
}

// firstOf returns the values at the first of the places that has any, as the log would have them.
func firstOf(places []schema.Location, row map[string]any) ([]string, bool) {
	for _, p := range places {
		var texts []string
		for _, v := range follow(row[p.Column], p.Steps) {
			texts = append(texts, logTexts(&p, v)...)
		}
		if len(texts) > 0 {
			return texts, true
		}
	}
	return nil, false
}

func logTexts(p *schema.Location, v any) []string {
	text := plain(v)
	if p.Time != nil {
		at, _ := value.ParseTime([]byte(text))
		return []string{at.UTC().Truncate(1e6).Format("2006-01-02T15:04:05.000")}
	}
	if p.Type.Kind == schema.JSON && p.JSON.Text != "" {
		doc, err := new(value.Parser).Parse([]byte(text))
		if err != nil {
			return nil
		}
		var texts []string
		for _, leaf := range new(value.Walker).Leaves(nil, doc, 0, &p.JSON) {
			texts = append(texts, leaf.Doc.String(leaf.Node))
		}
		return texts
	}
	if slices.Contains(p.Absent, text) {
		return nil
	}
	for _, change := range p.Values {
		if change.Table == text {
			return []string{change.Log}
		}
	}
	return []string{text}
}

// follow walks the steps from a column's value. The names in the sample are those of the table.
func follow(v any, steps []schema.Step) []any {
	if v == nil {
		return nil
	}
	if len(steps) == 0 {
		return []any{v}
	}
	if steps[0].Kind == schema.Each {
		list, _ := v.([]any)
		var all []any
		for _, element := range list {
			all = append(all, follow(element, steps[1:])...)
		}
		return all
	}
	object, _ := v.(map[string]any)
	if steps[0].Kind == schema.Joined {
		var all []any
		for key, text := range object { // in any order: the samples have one key for each path
			if key == steps[0].Name {
				all = append(all, text)
			} else if strings.ReplaceAll(key, "[]", "") == steps[0].Name {
				for _, part := range strings.Split(text.(string), ",") {
					all = append(all, part)
				}
			}
		}
		return all
	}
	return follow(object[steps[0].Name], steps[1:])
}
