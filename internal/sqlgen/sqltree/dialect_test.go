package sqltree

import (
	"reflect"
	"testing"
)

// TestNoDialectHasNilFeature holds every dialect, and one that overrides nothing, to have all that emitters call.
func TestNoDialectHasNilFeature(t *testing.T) {
	for _, d := range append([]*Dialect{Standard, overriding(Standard, Dialect{Name: "new"})}, Dialects()...) {
		v := reflect.ValueOf(d).Elem()
		for i := range v.NumField() {
			field := v.Type().Field(i).Name
			switch v.Field(i).Kind() {
			case reflect.Func, reflect.Map, reflect.Interface:
				if v.Field(i).IsNil() {
					t.Errorf("%s: %s is nil", d.Name, field)
				}
			case reflect.String:
				if v.Field(i).Len() == 0 && field != "TryCast" && field != "InputIsValid" {
					t.Errorf("%s: %s is empty", d.Name, field)
				}
			}
		}
		for name := range standardFunctions {
			if _, ok := d.Functions[name]; !ok {
				t.Errorf("%s: nothing is said of the function %s", d.Name, name)
			}
		}
	}
}

func TestOverridingKeepsTheBase(t *testing.T) {
	d := overriding(trino, Dialect{Name: "kin", MaxBytes: 5})
	if d.Name != "kin" || d.MaxBytes != 5 || d.TextType != "varchar" || trino.Name != "trino" || trino.MaxBytes == 5 {
		t.Errorf("kin is %q with %d bytes and texts %q; trino is %q with %d", d.Name, d.MaxBytes, d.TextType, trino.Name, trino.MaxBytes)
	}
}

func TestLackingLooksEverywhere(t *testing.T) {
	gap := missing("gap")
	for _, e := range []Expr{
		gap, Member{Of: gap}, Fn("f", gap), Compare("=", Null{}, gap), And{gap}, Or{gap}, Not{gap}, IsNull{Of: gap}, In{Of: Null{}, List: []Expr{gap}},
		Like{Of: gap}, If(gap, Null{}, nil), If(Null{}, gap, nil), If(Null{}, Null{}, gap), Cast{Of: gap}, Lambda{Body: gap}, List{gap},
		Window{Of: Call{Fn: "f", Args: []Expr{gap}}}, Window{Partition: []Expr{gap}}, Window{Order: []Expr{gap}}, Window{Frame: []Frame{{Value: gap}}},
		Query{&Select{Where: gap}}, Query{&Select{Joins: []Source{{Unnest: []Expr{gap}}}}}, Query{&Select{With: []Named{{Select: &Select{GroupBy: []Expr{gap}}}}}},
		Query{&Select{From: Source{Query: &Select{OrderBy: []Expr{gap}}}}}, Query{&Select{Union: []*Select{{Columns: []Column{{Of: gap}}}}}},
	} {
		if got := trino.Lacking(e); got != "gap" {
			t.Errorf("%#v lacks %q", e, got)
		}
	}
	if got := Standard.Lacking(Fn("starts_with", Null{})); got != "the function starts_with" {
		t.Errorf("a function without a word lacks %q", got)
	}
	if got := Standard.Lacking(Cast{Of: Null{}, Type: "BIGINT", Try: true}); got == "" {
		t.Error("a cast that may fail lacks nothing")
	}
}

func TestBoundsCountConditions(t *testing.T) {
	day := Compare(">=", Name{"t", "day"}, Text("where day = 'x'"))
	inner := &Select{Columns: []Column{{Of: Name{"region"}}}, From: Source{Table: []string{"t"}}, Where: And{day, IsNull{Of: Name{"day"}}}}
	s := &Select{
		With: []Named{{Name: "w", Select: inner}}, From: Source{Query: inner}, GroupBy: []Expr{Name{"grouped"}},
		Where: In{Of: Name{"id"}, List: []Expr{Query{inner}}},
	}
	if got, want := s.Bounds(), map[string]int{"day": 3, "id": 1}; !reflect.DeepEqual(got, want) {
		t.Errorf("bounds are %v, not %v", got, want)
	}
}
