package ir

import (
	"net/netip"
	"strings"
	"testing"
)

// allKinds returns one expression of allKinds type.
func allKinds() []Expr {
	f := Field{Name: "f"}
	return []Expr{
		&AndExpr{}, &OrExpr{}, &NotExpr{Operand: &ConstExpr{}}, &ConstExpr{}, &StringExpr{Field: f}, &NumberExpr{Field: f, Text: "1"},
		&TextOrderExpr{Field: f, Op: Less}, &BoolExpr{Field: f}, &NullExpr{Field: f}, &ExistsExpr{Field: f}, &RegexExpr{Field: f, Text: "x"},
		&CIDRExpr{Field: f, Prefix: netip.MustParsePrefix("192.0.2.0/24")}, &FieldRefExpr{Field: f, Other: f},
		&TimePartExpr{Field: f, Text: "1"}, &KeywordExpr{}, &BaseExpr{},
	}
}

func TestLineCloneAndValidateSupportAllKinds(t *testing.T) {
	for _, e := range allKinds() {
		if Line(e) == "" || !e.Pos().IsZero() {
			t.Errorf("%T: got line %q and position %v, want a line and no position", e, Line(e), e.Pos())
		}
		if err := Validate(e, false); err != nil {
			t.Errorf("%T: %v", e, err)
		}
		if fields := Fields(e); len(fields) > 0 {
			c := Clone(e)
			Fields(c)[0].Name = "other"
			if fields[0].Name != "f" {
				t.Errorf("%T: a clone shares its field", e)
			}
			if Validate(e, true) == nil {
				t.Errorf("%T: Validate accepts an unbound field as bound", e)
			}
		}
	}
}

func TestValidateFindsFaults(t *testing.T) {
	f := Field{Name: "f"}
	for _, e := range []Expr{
		&AndExpr{Operands: []Expr{nil}},
		&ExistsExpr{},
		&NumberExpr{Field: f, Text: "0x1"},
		&TextOrderExpr{Field: f, Text: "x"},
		&StringExpr{Field: f, Pattern: Pattern{{Kind: Literal}}},
		&StringExpr{Field: f, Pattern: Pattern{{Kind: Literal, Text: "a"}, {Kind: Literal, Text: "b"}}},
		&CIDRExpr{Field: f, Prefix: netip.MustParsePrefix("192.0.2.1/24")},
		&CIDRExpr{Field: f, Prefix: netip.MustParsePrefix("::ffff:192.0.2.0/120")},
	} {
		if Validate(&NotExpr{Operand: e}, false) == nil {
			t.Errorf("%s: Validate found no fault", Line(e))
		}
	}
}

func TestRewriteSharesUnchangedNodes(t *testing.T) {
	kept, replaced := &ExistsExpr{Field: Field{Name: "a"}}, &ConstExpr{}
	tree := &AndExpr{Operands: []Expr{&NotExpr{Operand: kept}, replaced}}
	rewritten, ok := Rewrite(tree, func(e Expr) Expr {
		if e == Expr(replaced) {
			return &ConstExpr{Value: true}
		}
		return e
	}).(*AndExpr)
	if !ok || rewritten == tree || rewritten.Operands[0] != tree.Operands[0] || tree.Operands[1] != Expr(replaced) {
		t.Error("Rewrite copied unchanged nodes or changed the old tree")
	}
}

// Check validates in tests, so that tests of each stage find invalid results.
func TestCheckPanicsInTests(t *testing.T) {
	kept := &ExistsExpr{Field: Field{Name: "a"}}
	if Check("a stage", kept, false) != Expr(kept) {
		t.Error("Check did not return a valid expression")
	}
	for _, e := range []Expr{&ExistsExpr{}, &NotExpr{Operand: kept}} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, "egret bug: a stage made an invalid query") {
					t.Errorf("%T: got panic %q, want an egret bug", e, text)
				}
			}()
			Check("a stage", e, true)
		}()
	}
}
