package ir

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/netip"

	"github.com/egret-hunt/egret/source"
)

// ListExpr is true if the text of any leaf equals a text of the list, ignoring case, or is an address within one of its
// networks. It means what Expand writes out, and saves a node for each of a hundred thousand values, which the fields of a
// rule share. Only the native matcher sees it.
type ListExpr struct {
	Field Field
	List  *List
	Span  source.Span
}

// A List has values for ListExpr. It is not changed after NewList.
type List struct {
	// Name is for display.
	Name  string
	Texts []string
	// Networks are masked, never IPv4-mapped.
	Networks []netip.Prefix
	// Sum identifies the values, in their order, in hexadecimal.
	Sum string
}

// NewList returns a list.
func NewList(name string, texts []string, networks []netip.Prefix) *List {
	sum := sha256.New()
	for _, text := range texts {
		io.WriteString(sum, text+"\x00") //nolint:errcheck // a hash never fails
	}
	for _, network := range networks {
		io.WriteString(sum, network.String()+"\x01") //nolint:errcheck // as above
	}
	return &List{Name: name, Texts: texts, Networks: networks, Sum: hex.EncodeToString(sum.Sum(nil))}
}

// Len returns the number of values.
func (l *List) Len() int { return len(l.Texts) + len(l.Networks) }

// Expand returns an expression in which a comparison for each value takes the place of lists.
func Expand(e Expr) Expr {
	return Rewrite(e, func(e Expr) Expr {
		list, ok := e.(*ListExpr)
		if !ok {
			return e
		}
		or := &OrExpr{Operands: make([]Expr, 0, list.List.Len()), Span: list.Span}
		for _, text := range list.List.Texts {
			var pattern Pattern
			if text != "" {
				pattern = Pattern{{Kind: Literal, Text: text}}
			}
			or.Operands = append(or.Operands, &StringExpr{Field: list.Field, Pattern: pattern, Span: list.Span})
		}
		for _, network := range list.List.Networks {
			or.Operands = append(or.Operands, &CIDRExpr{Field: list.Field, Prefix: network, Text: network.String(), Span: list.Span})
		}
		return or
	})
}
