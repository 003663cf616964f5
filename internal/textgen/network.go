package textgen

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/textrule"
)

// cidr writes a test for a network. Without a form for networks it is written as texts with wildcards.
func (c *converter) cidr(m *textrule.Match, v *textrule.CIDR, negated bool) (piece, error) {
	if c.template("cidr", negated) != nil {
		address := addressText(v.Prefix.Addr())
		return c.form("cidr", negated, m, "networks", "value", fmt.Sprintf("%s/%d", address, v.Prefix.Bits()), "network", address,
			"last", addressText(lastAddress(v.Prefix)), "prefix", fmt.Sprint(v.Prefix.Bits()), "mask", maskText(v.Prefix))
	}
	patterns, err := networkPatterns(v.Prefix)
	if err != nil {
		return piece{}, unsupported(m.Span, "%s has no form for networks, and this one has too many texts", c.Spec.Title)
	}
	list := make([]textrule.Value, len(patterns))
	for i, p := range patterns {
		list[i] = &textrule.String{Parts: p}
	}
	return c.node(textrule.Any(m.Field, false, list, m.Span))
}

// lastAddress returns the last address of a network.
func lastAddress(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for bit := p.Bits(); bit < 8*len(bytes); bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

// maskText returns the mask of a network as an address.
func maskText(p netip.Prefix) string {
	mask := p.Addr().AsSlice()
	for i := range mask {
		bits := min(max(p.Bits()-8*i, 0), 8)
		mask[i] = byte(0xff << (8 - bits))
	}
	address, _ := netip.AddrFromSlice(mask)
	return addressText(address)
}

// networkPatterns returns the texts with wildcards that addresses in a network match. The prefix is extended to whole decimal
// (IPv4) or hexadecimal (IPv6) groups first.
func networkPatterns(p netip.Prefix) ([]ir.Pattern, error) {
	unit := 4
	if p.Addr().Is4() {
		unit = 8
	}
	bits := (p.Bits() + unit - 1) / unit * unit
	var out []ir.Pattern
	for i := range 1 << (bits - p.Bits()) {
		subnet := netip.PrefixFrom(withBits(p.Addr(), bits, i), bits)
		if unit == 8 {
			out = append(out, ipv4Pattern(subnet))
		} else {
			out = append(out, ipv6Pattern(subnet))
		}
	}
	if len(out) == 0 {
		return nil, errTooManyTexts
	}
	return out, nil
}

// withBits returns an address with a number added that ends at a bit.
func withBits(a netip.Addr, bits, n int) netip.Addr {
	bytes := a.AsSlice()
	if bits == 0 {
		return a
	}
	last := (bits - 1) / 8
	bytes[last] += byte(n << (8*(last+1) - bits))
	out, _ := netip.AddrFromSlice(bytes)
	return out
}

func ipv4Pattern(p netip.Prefix) ir.Pattern {
	groups := strings.Split(p.Addr().String(), ".")
	n := p.Bits() / 8
	if n == 4 {
		return ir.Pattern{{Kind: ir.Literal, Text: p.Addr().String()}}
	}
	if n == 0 {
		return ir.Pattern{{Kind: ir.AnyRun}}
	}
	return ir.Pattern{{Kind: ir.Literal, Text: strings.Join(groups[:n], ".") + "."}, {Kind: ir.AnyRun}}
}

// ipv6Pattern cuts the text of the first address where that of the last one differs, as pySigma does.
func ipv6Pattern(p netip.Prefix) ir.Pattern {
	first := p.Addr().AsSlice()
	last := append([]byte(nil), first...)
	for bit := p.Bits(); bit < 128; bit++ {
		last[bit/8] |= 1 << (7 - bit%8)
	}
	end, _ := netip.AddrFromSlice(last)
	from, to := addressText(p.Addr()), addressText(end)
	for i := range len(from) {
		if i >= len(to) || from[i] != to[i] {
			return ir.Pattern{{Kind: ir.Literal, Text: from[:i]}, {Kind: ir.AnyRun}}
		}
	}
	return ir.Pattern{{Kind: ir.Literal, Text: from}}
}

// errTooManyTexts says that a network cannot be written as texts.
var errTooManyTexts = errors.New("too many texts")
