package testkit

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// compileCIDR returns a predicate for addresses in a network. IPv4-mapped IPv6 addresses and networks are IPv4; host
// bits of the network are masked; a zone, a port or anything else makes an address false.
func compileCIDR(text string) (predicate, error) {
	network, err := netip.ParsePrefix(text)
	if err != nil {
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" {
			return nil, fmt.Errorf("%q is not a network", text)
		}
		network = netip.PrefixFrom(address, address.BitLen()) // a single address is a network of one
	}
	if network.Addr().Is4In6() && network.Bits() >= 96 {
		network = netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-96)
	}
	network = network.Masked()
	return anyLeaf(func(n *node) bool {
		address, err := netip.ParseAddr(n.leafText())
		return err == nil && address.Zone() == "" && network.Contains(address.Unmap())
	}), nil
}

// compileNumber compares the leaf, or a part of its time, with a number.
func compileNumber(text string, m modifiers) (predicate, error) {
	want, ok := parseDecimal(text)
	if !ok {
		return nil, fmt.Errorf("%q is not a number", text)
	}
	return anyLeaf(func(n *node) bool {
		var got decimal
		var ok bool
		if m.timePart != "" {
			got, ok = n.timePart(m.timePart)
		} else {
			got, ok = n.number()
		}
		if !ok {
			return false
		}
		order := got.compare(want)
		switch m.compare {
		case "gt":
			return order > 0
		case "gte":
			return order >= 0
		case "lt":
			return order < 0
		case "lte":
			return order <= 0
		}
		return order == 0
	}), nil
}

// timestamp is the grammar of RFC 3339, which allows T and Z in lower case. Go's parser is more lenient.
var timestamp = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$`)

// timePart returns a part of the leaf's time in UTC. Weeks are those of ISO 8601; the year is the calendar year, not
// the ISO week year.
func (n *node) timePart(name string) (decimal, bool) {
	if n.kind != stringNode || !timestamp.MatchString(n.text) {
		return decimal{}, false
	}
	text := strings.ToUpper(n.text)
	if text[17:19] == "60" { // Go's parser rejects leap seconds; they belong to the minute in which they are written
		text = text[:17] + "59" + text[19:]
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return decimal{}, false
	}
	t = t.UTC()
	_, week := t.ISOWeek()
	part := map[string]int{
		"minute": t.Minute(), "hour": t.Hour(), "day": t.Day(), "week": week, "month": int(t.Month()), "year": t.Year(),
	}[name]
	return parseDecimal(fmt.Sprint(part))
}
