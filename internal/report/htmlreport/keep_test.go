package htmlreport

import (
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
)

func made(id string, level finding.Level) *finding.Finding {
	return &finding.Finding{Level: level, Rule: &finding.Rule{Title: level.String()}, EventIDs: []string{id}, Event: []byte(`{}`), Count: 1}
}

// keptIDs returns the ids of the first events of the findings that are kept, in order.
func keptIDs(t *testing.T, k *keeper) string {
	t.Helper()
	all, err := k.inOrder()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, one := range all {
		e, err := k.store.Get(one.ref)
		if err != nil {
			t.Fatal(err)
		}
		_, details, err := splitRecord(e.Raw)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(details), `"ids":["`)
		id, _, _ := strings.Cut(rest, `"`)
		ids = append(ids, id)
	}
	return strings.Join(ids, " ")
}

// Of too many findings the most severe are kept, of one level the first, all in their order, and the others are counted.
func TestTheMostSevereFindingsAreKept(t *testing.T) {
	for _, test := range []struct {
		name    string
		levels  string // one letter each
		want    string
		leftOut [levels]int
	}{
		{"all fit", "ilm", "0i 1l 2m", [levels]int{}},
		{"the least severe goes", "limh", "0l 2m 3h", [levels]int{1}},
		{"the last of a level goes", "hhhh", "0h 1h 2h", [levels]int{3: 1}},
		{"several levels go", "illccc", "3c 4c 5c", [levels]int{1, 2}},
		{"a later one of the same level does not return", "mmmchm", "0m 3c 4h", [levels]int{2: 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := newKeeper(3, 1<<20)
			defer k.close()
			for i, letter := range test.levels {
				f := made(fmt.Sprintf("%d%c", i, letter), finding.Level(strings.IndexRune("ilmhc", letter)))
				if !k.wants(f.Level) {
					k.leaveOut(f.Level)
					continue
				}
				if err := k.add(newRow(f, &Words{}, 0, nil), newDetail(f, &Words{}), f.Level); err != nil {
					t.Fatal(err)
				}
			}
			if got := keptIDs(t, k); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if k.leftOut != test.leftOut {
				t.Errorf("left out %v, want %v", k.leftOut, test.leftOut)
			}
		})
	}
}

// Long texts make room for fewer findings.
func TestLongTextsLimitWhatIsKept(t *testing.T) {
	k := newKeeper(1000, 2000)
	defer k.close()
	for i := range 100 {
		f := made(fmt.Sprint(i), finding.High)
		f.Principal = strings.Repeat("p", 200)
		if k.wants(f.Level) {
			if err := k.add(newRow(f, &Words{}, 0, nil), newDetail(f, &Words{}), f.Level); err != nil {
				t.Fatal(err)
			}
		} else {
			k.leaveOut(f.Level)
		}
	}
	if k.count == 0 || k.count > 10 || k.count+k.omitted() != 100 {
		t.Errorf("kept %d and left out %d of 100", k.count, k.omitted())
	}
}
