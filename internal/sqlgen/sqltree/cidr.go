package sqltree

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
)

// MappedNetwork are the IPv6 addresses that stand for IPv4 addresses. They are in no IPv6 network.
var mappedNetwork = netip.MustParsePrefix("::ffff:0:0/96")

// trinoCIDR leaves the arithmetic to Trino's type IPADDRESS, in which an IPv4 address and its mapped form are one. The
// type reads more than an address, hence the test of the characters: it drops a zone and takes digits of other scripts.
func trinoCIDR(text Expr, network netip.Prefix) Expr {
	address := Cast{text, "IPADDRESS", true}
	conditions := And{trinoAddress(text), Fn("contains", Text(network.String()), address)}
	if network.Overlaps(mappedNetwork) {
		// To Trino, an IPv6 network as wide as ::/0 has the IPv4 addresses in it.
		conditions = append(conditions, Not{Fn("contains", Text(mappedNetwork.String()), address)})
	}
	return conditions
}

func trinoAddress(text Expr) Expr { return Fn("regexp_like", text, Text(`\A[0-9A-Fa-f:.]+\z`)) }

// Networks holds when a text is an address within one of several networks. With NetworksByDigits it compares the first hexadecimal digits
// of the 16 bytes of an address with lists, one for each number of digits: Trino looks a value up in a list of constants, however long
// it is, while it compiles a call of contains for each network and refuses statements with some hundreds of them.
func (d *Dialect) Networks(text Expr, networks []netip.Prefix) Expr {
	if !d.NetworksByDigits {
		or := make(Or, len(networks))
		for i, network := range networks {
			or[i] = d.CIDR(text, network)
		}
		return or
	}
	var lists [33][]Expr // by the number of digits
	var rest Or
	for _, network := range networks {
		if network.Overlaps(mappedNetwork) {
			rest = append(rest, d.CIDR(text, network))
			continue
		}
		digits, first := firstDigits(network)
		for _, f := range first {
			lists[digits] = append(lists[digits], Text(f))
		}
	}
	bytes := Fn("to_hex", Cast{Cast{text, "IPADDRESS", true}, "varbinary", false})
	var some Or
	for digits, list := range lists {
		if len(list) > 0 {
			some = append(some, In{Of: Fn("substr", bytes, Number("1"), Int(digits)), List: list})
		}
	}
	if len(some) == 0 {
		return rest
	}
	return append(Or{And{trinoAddress(text), some}}, rest...)
}

// firstDigits returns what the addresses of a network begin with in hexadecimal digits of IPv6: one text, or up to eight where the
// network ends inside a digit.
func firstDigits(network netip.Prefix) (digits int, first []string) {
	address, bits := network.Masked().Addr().As16(), network.Bits()
	if network.Addr().Is4() {
		bits += mappedNetwork.Bits()
	}
	digits = (bits + 3) / 4
	text := fmt.Sprintf("%016X%016X", binary.BigEndian.Uint64(address[:8]), binary.BigEndian.Uint64(address[8:]))[:digits]
	open := digits*4 - bits // bits of the last digit that are not the network's
	if open == 0 {
		return digits, []string{text}
	}
	last := text[digits-1]
	from := int(last - '0')
	if last >= 'A' {
		from = int(last-'A') + 10
	}
	for d := from; d < from+1<<open; d++ {
		first = append(first, fmt.Sprintf("%s%X", text[:digits-1], d))
	}
	return digits, first
}

// cidrByRegex says it with one regular expression over the ways in which an address can be written, for engines whose types
// of addresses read more than addresses, or that have none.
func cidrByRegex(regex func(text Expr, pattern string) Expr) func(text Expr, network netip.Prefix) Expr {
	return func(text Expr, network netip.Prefix) Expr {
		matches := func(pattern string) Expr { return regex(text, "(?i)^(?:"+pattern+")$") }
		if network.Addr().Is4() {
			return matches(sqlregex.IPv4(network))
		}
		within := matches(sqlregex.IPv6(network))
		if network.Overlaps(mappedNetwork) {
			return And{within, Not{matches(sqlregex.IPv4(netip.MustParsePrefix("0.0.0.0/0")))}}
		}
		return within
	}
}
