package sqlgen

import "net/netip"

// cidrNetwork is a network, masked and never IPv4-mapped.
type cidrNetwork = netip.Prefix
