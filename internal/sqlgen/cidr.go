package sqlgen

import "net/netip"

// cidrNetwork is a network, masked and never IPv4-mapped.
type cidrNetwork = netip.Prefix

// mappedNetwork are the IPv6 addresses that stand for IPv4 addresses. They are in no IPv6 network.
var mappedNetwork = netip.MustParsePrefix("::ffff:0:0/96")

// trinoCIDR leaves the arithmetic to Trino's type IPADDRESS, in which an IPv4 address and its mapped form are one. The
// type reads more than an address, hence the test of the characters: it drops a zone and takes digits of other scripts.
func trinoCIDR(text Expr, network cidrNetwork) Expr {
	address := Cast{text, "IPADDRESS", true}
	conditions := And{
		call("regexp_like", text, Text(`\A[0-9A-Fa-f:.]+\z`)),
		call("contains", Text(network.String()), address),
	}
	if network.Overlaps(mappedNetwork) {
		// To Trino, an IPv6 network as wide as ::/0 has the IPv4 addresses in it.
		conditions = append(conditions, Not{call("contains", Text(mappedNetwork.String()), address)})
	}
	return conditions
}
