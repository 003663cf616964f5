package match

import (
	"encoding/binary"
	"fmt"

	"github.com/egret-hunt/egret/internal/ir"
)

// appendLeafKey appends a text that is equal for predicates of the same meaning and different for others. Each part has its
// length as prefix, so that the parts are unambiguous.
func appendLeafKey(dst []byte, e ir.Expr) []byte {
	switch e := e.(type) {
	case *ir.StringExpr:
		dst = append(dst, 's', byte(e.Op), boolByte(e.Cased))
		return appendPatternKey(appendTextKey(dst, e.Field.Name), e.Pattern)
	case *ir.NumberExpr:
		return appendTextKey(appendTextKey(append(dst, 'n', byte(e.Op)), e.Field.Name), e.Text)
	case *ir.TextOrderExpr:
		return appendTextKey(appendTextKey(append(dst, 'o', byte(e.Op)), e.Field.Name), e.Text)
	case *ir.BoolExpr:
		return appendTextKey(append(dst, 'b', boolByte(e.Value)), e.Field.Name)
	case *ir.ExistsExpr:
		return appendTextKey(append(dst, 'e'), e.Field.Name)
	case *ir.RegexExpr:
		dst = append(dst, 'r', boolByte(e.IgnoreCase), boolByte(e.MultiLine), boolByte(e.DotAll))
		return appendTextKey(appendTextKey(dst, e.Field.Name), e.Text)
	case *ir.CIDRExpr:
		return appendTextKey(appendTextKey(append(dst, 'c'), e.Field.Name), e.Prefix.String())
	case *ir.ListExpr:
		return appendTextKey(appendTextKey(append(dst, 'l'), e.Field.Name), e.List.Sum)
	case *ir.FieldRefExpr:
		return appendTextKey(appendTextKey(append(dst, 'f', byte(e.Op), boolByte(e.Cased)), e.Field.Name), e.Other.Name)
	case *ir.TimePartExpr:
		return appendTextKey(appendTextKey(append(dst, 't', byte(e.Part), byte(e.Op)), e.Field.Name), e.Text)
	case *ir.KeywordExpr:
		return appendPatternKey(append(dst, 'k', boolByte(e.Cased)), e.Pattern)
	}
	panic(fmt.Sprintf("egret bug: expression %T in a detection", e))
}

func appendTextKey(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

func appendPatternKey(dst []byte, p ir.Pattern) []byte {
	for _, part := range p {
		dst = appendTextKey(append(dst, byte(part.Kind)), part.Text)
	}
	return dst
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}
