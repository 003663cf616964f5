package netset_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/egret-hunt/egret/internal/netset"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "192.0.2.7/24": "192.0.2.0/24", "2001:db8::1": "2001:db8::1/128", "::ffff:192.0.2.7": "192.0.2.7/32", "::ffff:192.0.2.7/120": "192.0.2.0/24",
		"0.0.0.0/0": "0.0.0.0/0", "::/0": "::/0", "192.0.2.0/33": "", "192.0.2": "", "x": "", "": "", "fe80::1%eth0": "", "::ffff:0.0.0.0/95": "",
	} {
		prefix, ok := netset.Parse(text)
		if got := prefix.String(); ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %s, %v, want %q", text, got, ok, want)
		}
	}
}

// Find agrees with a search of all networks one by one.
func TestFindTakesTheSmallestNetwork(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	address := func() netip.Addr {
		if random.IntN(2) == 0 {
			return netip.AddrFrom4([4]byte{10, byte(random.IntN(2)), byte(random.IntN(4)), byte(random.IntN(8))})
		}
		return netip.AddrFrom16([16]byte{0x20, 1, 14: byte(random.IntN(4)), 15: byte(random.IntN(8))})
	}
	for range 200 {
		var s netset.Set[netip.Prefix]
		var all []netip.Prefix
		for range random.IntN(20) {
			at := address()
			network, _ := at.Prefix(random.IntN(at.BitLen() + 1))
			if s.Add(network, network) {
				all = append(all, network)
			}
		}
		if s.Len() != len(all) {
			t.Fatalf("%d networks, want %d", s.Len(), len(all))
		}
		for range 50 {
			at := address()
			var want netip.Prefix
			for _, network := range all {
				if network.Contains(at) && (!want.IsValid() || network.Bits() > want.Bits()) {
					want = network
				}
			}
			if got, ok := s.Find(at); got != want || ok != want.IsValid() {
				t.Fatalf("%s in %v: got %s, want %s", at, all, got, want)
			}
		}
	}
	var s netset.Set[int]
	s.Add(netip.MustParsePrefix("192.0.2.0/24"), 7)
	if got, _ := s.Find(netip.MustParseAddr("::ffff:192.0.2.1")); got != 7 {
		t.Error("an address of IPv4 within IPv6 is not found")
	}
	if _, ok := s.Find(netip.Addr{}); ok {
		t.Error("no address was found")
	}
}
