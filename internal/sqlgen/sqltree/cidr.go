package sqltree

import (
	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
	"net/netip"
)

// MappedNetwork are the IPv6 addresses that stand for IPv4 addresses. They are in no IPv6 network.
var mappedNetwork = netip.MustParsePrefix("::ffff:0:0/96")

// trinoCIDR leaves the arithmetic to Trino's type IPADDRESS, in which an IPv4 address and its mapped form are one. The
// type reads more than an address, hence the test of the characters: it drops a zone and takes digits of other scripts.
func trinoCIDR(text Expr, network netip.Prefix) Expr {
	address := Cast{text, "IPADDRESS", true}
	conditions := And{
		Fn("regexp_like", text, Text(`\A[0-9A-Fa-f:.]+\z`)),
		Fn("contains", Text(network.String()), address),
	}
	if network.Overlaps(mappedNetwork) {
		// To Trino, an IPv6 network as wide as ::/0 has the IPv4 addresses in it.
		conditions = append(conditions, Not{Fn("contains", Text(mappedNetwork.String()), address)})
	}
	return conditions
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
