package textrule

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// number returns a decimal number of a rule in a uniform notation: a whole number without fraction, sign + and leading zeros,
// another one as the shortest text of a 64-bit float, with an exponent below 1e-4 and from 1e16 on.
func number(text string) string {
	text = strings.TrimPrefix(text, "+")
	whole := new(big.Int)
	if _, ok := whole.SetString(text, 10); ok {
		return whole.String()
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	if f == float64(int64(f)) && f > -1e15 && f < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	format := byte('f')
	if size := max(f, -f); size < 1e-4 || size >= 1e16 {
		format = 'e'
	}
	return strconv.FormatFloat(f, format, -1, 64)
}

// transform applies a modifier that encodes a text or makes variants of it.
func (b *builder) transform(v Value, m sigma.Modifier, span source.Span) Value {
	s := asString(v)
	if s == nil {
		b.errorf("modifier-value", span, "", "modifier %q needs a text", m.Name)
		return nil
	}
	if m.Name == "windash" {
		return b.windash(s, span)
	}
	for _, part := range s.Parts {
		if part.Kind == ir.Placeholder {
			b.errorf("modifier-value", span, "", "modifier %q: placeholder %%%s%% has no values to encode", m.Name, part.Text)
			return nil
		}
	}
	switch m.Name {
	case "wide", "utf16le":
		return &String{eachLiteral(s.Parts, func(s string) string { return lower.UTF16Bytes(s, 0, 1) }), s.Cased}
	case "utf16be":
		return &String{eachLiteral(s.Parts, func(s string) string { return lower.UTF16Bytes(s, 1, 0) }), s.Cased}
	}
	if s.HasWildcard() {
		b.errorf("modifier-value", span, "", "modifier %q: a value with wildcards cannot be encoded", m.Name)
		return nil
	}
	plain := text(s.Parts)
	switch m.Name {
	case "utf16": // little endian with a byte order mark, as Sigma specifies
		return &String{literal("\xff\xfe" + lower.UTF16Bytes(plain, 0, 1)), s.Cased}
	case "base64":
		return &String{literal(base64.StdEncoding.EncodeToString([]byte(plain))), s.Cased}
	}
	out := &Expansion{}
	for shift := range 3 {
		part := lower.Base64Shifted(plain, shift)
		if part == "" { // at some offsets, a single byte determines no character completely
			b.errorf("modifier-value", span, "", "modifier %q: the value needs at least two bytes", m.Name)
			return nil
		}
		out.Values = append(out.Values, &String{literal(part), s.Cased})
	}
	return out
}

func eachLiteral(p ir.Pattern, apply func(string) string) ir.Pattern {
	out := make(ir.Pattern, len(p))
	for i, part := range p {
		if part.Kind == ir.Literal {
			part.Text = apply(part.Text)
		}
		out[i] = part
	}
	return out
}

// dashes are the characters that windash tries for the dash of an option, in this order.
var dashes = []string{"-", "/", "\u2013", "\u2014", "\u2015"}

// maxVariants limits the variants of one value; four dashes have 625.
const maxVariants = 3125

// windash returns the variants of a value with each kind of dash. A dash or slash begins an option if a word character follows
// it and none precedes it in the same part of the value.
func (b *builder) windash(s *String, span source.Span) Value {
	variants := []ir.Pattern{nil}
	for _, part := range s.Parts {
		if part.Kind != ir.Literal {
			variants = appendAll(variants, part)
			continue
		}
		start := 0
		before := rune(0)
		for i, r := range part.Text {
			if r == '-' || r == '/' {
				after, size := utf8.DecodeRuneInString(part.Text[i+1:])
				if !wordRune(before) && size > 0 && wordRune(after) {
					variants = appendAll(variants, ir.Part{Kind: ir.Literal, Text: part.Text[start:i]})
					if len(variants)*len(dashes) > maxVariants {
						b.errorf("modifier-value", span, "", "modifier \"windash\": the value has too many variants")
						return nil
					}
					variants = eachDash(variants)
					start = i + 1
				}
			}
			before = r
		}
		variants = appendAll(variants, ir.Part{Kind: ir.Literal, Text: part.Text[start:]})
	}
	out := &Expansion{}
	for _, variant := range variants {
		out.Values = append(out.Values, &String{variant, s.Cased})
	}
	return out
}

// eachDash returns each variant with each dash, those of one variant together.
func eachDash(variants []ir.Pattern) []ir.Pattern {
	var out []ir.Pattern
	for _, v := range variants {
		for _, dash := range dashes {
			out = append(out, append(ir.Pattern(nil), v...).Append(ir.Part{Kind: ir.Literal, Text: dash}))
		}
	}
	return out
}

func appendAll(variants []ir.Pattern, part ir.Part) []ir.Pattern {
	if part.Kind == ir.Literal && part.Text == "" {
		return variants
	}
	for i := range variants {
		variants[i] = variants[i].Append(part)
	}
	return variants
}

func wordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

// cidr reads a network. A single address is a network of one address.
func (b *builder) cidr(v Value, span source.Span) Value {
	s, ok := v.(*String)
	if !ok {
		b.errorf("invalid-cidr", span, "write it as 192.0.2.0/24 or 2001:db8::/32", "expected a network")
		return nil
	}
	written := text(s.Parts)
	prefix, err := netip.ParsePrefix(written)
	if err != nil {
		address, addressErr := netip.ParseAddr(written)
		if addressErr != nil || address.Zone() != "" {
			b.errorf("invalid-cidr", span, "write it as 192.0.2.0/24 or 2001:db8::/32", "expected a network, found %q", written)
			return nil
		}
		prefix = netip.PrefixFrom(address, address.BitLen())
	}
	return &CIDR{prefix.Masked()}
}

// expand turns the %names% in a text or regular expression into placeholders.
func expand(v Value) Value {
	s, ok := v.(*String)
	if !ok {
		return v // numbers, and expressions after `re`, keep their percent signs until fill
	}
	out := &String{Cased: s.Cased}
	for _, part := range s.Parts {
		if part.Kind != ir.Literal {
			out.Parts = append(out.Parts, part)
			continue
		}
		out.Parts = append(out.Parts, lower.SplitPlaceholders(part.Text)...)
	}
	return out
}

// fill replaces the placeholders of a value by their values in the options. Placeholders without values stay.
func (b *builder) fill(v Value, span source.Span) []Value {
	s, ok := v.(*String)
	if !ok || len(b.opt.Placeholders)+len(b.opt.Expressions) == 0 {
		return []Value{v}
	}
	if len(s.Parts) == 1 && s.Parts[0].Kind == ir.Placeholder {
		if query, ok := b.opt.Expressions[s.Parts[0].Text]; ok {
			return []Value{&query}
		}
	}
	variants := []ir.Pattern{nil}
	for _, part := range s.Parts {
		fillings := []ir.Pattern{{part}}
		if names := b.opt.Placeholders[part.Text]; part.Kind == ir.Placeholder && len(names) > 0 {
			fillings = nil
			for _, text := range names {
				fillings = append(fillings, lower.ParsePattern(text))
			}
		}
		if len(variants)*len(fillings) > maxNodes {
			b.errorf("too-many-values", span, "use fewer values", "the placeholders have more than %d combinations", maxNodes)
			return nil
		}
		variants = ir.Join(variants, fillings)
	}
	out := make([]Value, len(variants))
	for i, p := range variants {
		out[i] = &String{p, s.Cased}
	}
	return out
}
