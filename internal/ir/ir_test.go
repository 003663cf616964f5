package ir

import (
	"net/netip"
	"testing"
)

// every holds one of each kind of node that a detection may have.
func every() []Expr {
	f := Field{Name: "f"}
	return []Expr{
		&AndExpr{}, &OrExpr{}, &NotExpr{Operand: &ConstExpr{}}, &ConstExpr{}, &StringExpr{Field: f}, &NumberExpr{Field: f, Text: "1"},
		&BoolExpr{Field: f}, &NullExpr{Field: f}, &ExistsExpr{Field: f}, &RegexExpr{Field: f, Text: "x"},
		&CIDRExpr{Field: f, Prefix: netip.MustParsePrefix("192.0.2.0/24")}, &FieldRefExpr{Field: f, Other: f},
		&TimePartExpr{Field: f, Text: "1"}, &KeywordExpr{}, &BaseExpr{},
	}
}

func TestEveryKindIsPrintedClonedAndValid(t *testing.T) {
	for _, e := range every() {
		if Line(e) == "" || !e.Pos().IsZero() {
			t.Errorf("%T: %q", e, Line(e))
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
				t.Errorf("%T: an unbound field passes as bound", e)
			}
		}
	}
}

func TestValidateNamesFaults(t *testing.T) {
	f := Field{Name: "f"}
	for _, e := range []Expr{
		&AndExpr{Operands: []Expr{nil}},
		&ExistsExpr{},
		&NumberExpr{Field: f, Text: "0x1"},
		&StringExpr{Field: f, Pattern: Pattern{{Kind: Literal}}},
		&StringExpr{Field: f, Pattern: Pattern{{Kind: Literal, Text: "a"}, {Kind: Literal, Text: "b"}}},
		&CIDRExpr{Field: f, Prefix: netip.MustParsePrefix("192.0.2.1/24")},
		&CIDRExpr{Field: f, Prefix: netip.MustParsePrefix("::ffff:192.0.2.0/120")},
	} {
		if Validate(&NotExpr{Operand: e}, false) == nil {
			t.Errorf("%T passes", e)
		}
	}
}

func TestRewriteSharesWhatStays(t *testing.T) {
	kept, gone := &ExistsExpr{Field: Field{Name: "a"}}, &ConstExpr{}
	tree := &AndExpr{Operands: []Expr{&NotExpr{Operand: kept}, gone}}
	rewritten, ok := Rewrite(tree, func(e Expr) Expr {
		if e == Expr(gone) {
			return &ConstExpr{Value: true}
		}
		return e
	}).(*AndExpr)
	if !ok || rewritten == tree || rewritten.Operands[0] != tree.Operands[0] || tree.Operands[1] != Expr(gone) {
		t.Error("nodes that stay are not shared, or the old tree changed")
	}
}
