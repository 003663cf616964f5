// Package netset finds the networks that hold an address, among many.
//
// Each network has a value; a search returns the value of the smallest network that holds an address. A search takes one look-up
// for each length of network in the set, however many networks there are.
package netset

import (
	"cmp"
	"net/netip"
	"slices"
)

// A Set has networks with values. The zero value is empty. It is safe for concurrent use once all networks are added.
type Set[T any] struct {
	values map[netip.Prefix]T
	bits   []int // the lengths of the networks, longest first, of IPv4 and IPv6 together
}

// Add adds a network, which must be masked and not one of IPv4 within IPv6. It reports false, and changes nothing, if the
// network is in the set.
func (s *Set[T]) Add(network netip.Prefix, value T) bool {
	if _, ok := s.values[network]; ok {
		return false
	}
	if s.values == nil {
		s.values = map[netip.Prefix]T{}
	}
	s.values[network] = value
	if at, ok := slices.BinarySearchFunc(s.bits, network.Bits(), func(a, b int) int { return cmp.Compare(b, a) }); !ok {
		s.bits = slices.Insert(s.bits, at, network.Bits())
	}
	return true
}

// Len returns the number of networks.
func (s *Set[T]) Len() int { return len(s.values) }

// Find returns the value of the smallest network with an address, false if there is none. An address of IPv4 within IPv6
// counts as IPv4.
func (s *Set[T]) Find(at netip.Addr) (T, bool) {
	at = at.Unmap()
	for _, bits := range s.bits {
		if bits > at.BitLen() {
			continue
		}
		prefix, err := at.Prefix(bits)
		if err != nil {
			break // not an address
		}
		if value, ok := s.values[prefix]; ok {
			return value, true
		}
	}
	var none T
	return none, false
}

// Parse reads a network or a single address, also with bits set behind the length: 192.0.2.7/24 is 192.0.2.0/24. IPv4
// within IPv6 becomes IPv4.
func Parse(text string) (netip.Prefix, bool) {
	network, err := netip.ParsePrefix(text)
	if err != nil {
		at, err := netip.ParseAddr(text)
		if err != nil || at.Zone() != "" {
			return netip.Prefix{}, false
		}
		at = at.Unmap()
		return netip.PrefixFrom(at, at.BitLen()), true
	}
	if at := network.Addr(); at.Is4In6() {
		if network.Bits() < 96 {
			return netip.Prefix{}, false
		}
		network = netip.PrefixFrom(at.Unmap(), network.Bits()-96)
	}
	return network.Masked(), true
}
