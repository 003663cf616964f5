package match_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/value"
)

// Lists, and sets of networks, match what their values match one by one. The expected results come from queries with a
// single comparison each, which are neither.
func TestListsMatchLikeTheirValues(t *testing.T) {
	field := ir.Field{Name: "a", Paths: []value.Path{{Text: "a"}}}
	random := rand.New(rand.NewPCG(3, 4))
	var texts []string
	var networks []netip.Prefix
	for range 40 {
		texts = append(texts, fmt.Sprintf("10.0.%d.%d", random.IntN(3), random.IntN(9)))
		at := netip.AddrFrom4([4]byte{10, 0, byte(random.IntN(3)), byte(random.IntN(64))})
		network, _ := at.Prefix(26 + random.IntN(7))
		networks = append(networks, network)
	}
	long := strings.Repeat("Long", 100)
	texts = append(texts, "Straße", "MiXed", "a\tb", "7.50", long)
	networks = append(networks, netip.MustParsePrefix("2001:db8::/127"))
	list := ir.NewList("x", texts, networks)
	whole := &ir.ListExpr{Field: field, List: list}
	single := ir.Expand(whole).(*ir.OrExpr).Operands
	var onlyNetworks []ir.Expr
	for _, e := range single {
		if _, ok := e.(*ir.CIDRExpr); ok {
			onlyNetworks = append(onlyNetworks, e)
		}
	}
	grouped := match.Compile([]ir.Expr{whole, ir.Expand(whole), &ir.OrExpr{Operands: onlyNetworks}}, nil).NewMatcher()
	apart := match.Compile(single, nil).NewMatcher()
	hits, misses := 0, 0
	try := func(text string) {
		doc, err := new(value.Parser).Parse([]byte(`{"a":` + text + `}`))
		if err != nil {
			t.Fatal(err)
		}
		var want [3]bool
		for _, i := range apart.Match(doc) {
			want[0], want[1] = true, true
			if _, ok := single[i].(*ir.CIDRExpr); ok {
				want[2] = true
			}
		}
		var got [3]bool
		for _, i := range grouped.Match(doc) {
			got[i] = true
		}
		if got != want {
			t.Fatalf("%s: got %v, want %v", text, got, want)
		}
		if want[0] {
			hits++
		} else {
			misses++
		}
	}
	for range 500 {
		try(fmt.Sprintf(`"10.0.%d.%d"`, random.IntN(4), random.IntN(80)))
	}
	for _, text := range []string{
		`"` + long + `"`, `"` + long + `x"`, `"A\tB"`, `"a\u0009b"`, `"10.0.0\u002e1"`, `7.50`, `7.5`, `"7.50"`, `"STRASSE"`, `"straße"`, `"mixed"`, `"2001:DB8::1"`, `"2001:db8::2"`, `"::ffff:10.0.0.1"`, `"10.0.0.1%eth0"`, `"10.0.0.1 "`, `""`, `null`, `7`, `true`, `["x","10.0.0.1"]`, `{"b":1}`, `[]`,
	} {
		try(text)
	}
	if hits < 50 || misses < 50 {
		t.Errorf("%d hits and %d misses prove little", hits, misses)
	}
}
