package sqlgen

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// onEngines runs a test on each engine that is there, with the dialect it speaks.
func onEngines(t *testing.T, test func(t *testing.T, engine sqltest.Engine, d *sqltree.Dialect)) {
	run := func(open func(testing.TB) sqltest.Engine) func(t *testing.T) {
		return func(t *testing.T) {
			engine := open(t)
			test(t, engine, sqltree.DialectByName(engine.Dialect()))
		}
	}
	t.Run("duckdb", run(sqltest.DuckDB))
	t.Run("postgres", run(sqltest.Postgres))
	t.Run("trino", run(sqltest.Trino))
}

// loadTexts makes a table "texts" with the columns id, which counts from 0, and x.
func loadTexts(t *testing.T, engine sqltest.Engine, texts []string) {
	t.Helper()
	columns := []schema.Column{{Name: "id", Type: schema.Type{Kind: schema.Integer}}, {Name: "x", Type: schema.Type{Kind: schema.Text}}}
	rows := make([][]any, len(texts))
	for i, text := range texts {
		rows[i] = []any{int64(i), text}
	}
	if err := engine.Load(context.Background(), "texts", columns, rows); err != nil {
		t.Fatal(err)
	}
}

// addressTexts are texts that are addresses, or nearly so.
func addressTexts() []string {
	texts := strings.Fields(`
		0.0.0.0 255.255.255.255 10.1.2.3 192.0.2.1 192.0.2.128 198.51.100.7 203.0.113.255 127.0.0.1
		00.0.0.0 01.2.3.4 1.02.3.4 1.2.3.04 1.2.3.004 256.1.1.1 1.1.1.256 1.1.1.999 1.2.3 1.2.3.4.5 1.2.3.4. .1.2.3.4 1..2.3
		1.2.3.4:80 1.2.3.4/32 1.2.3.4%eth0 0x1.2.3.4 0x01020304 16909060 1.2.3.-4 +1.2.3.4 1.2.3.4a １.2.3.4 1.2.3.٤ 1。2。3。4
		:: ::1 1:: ::0 0:: 0::0 0:0:0:0:0:0:0:0 0:0:0:0:0:0:0:1 ::ffff:0:0 ::fffe:1.2.3.4
		2001:db8::1 2001:DB8::1 2001:0db8:0000:0000:0000:0000:0000:0001 2001:db8:0:0:8000::1 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff
		2001:db8::192.0.2.1 64:ff9b::192.0.2.33 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 1:2:3::6:7:8 1::8
		1::2:3:4:5:6:7:8 1:2:3:4:5:6:7::8 1:2:3:4:5:6:7:8:: ::1:2:3:4:5:6:7:8 1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7 1:2:3:4:5:6:7:
		:1:2:3:4:5:6:7 : ::: :::: 1::: :::1 1::2::3 ::1:: 1:::2 fe80::1%eth0 fe80::1%25 fe80::1% ::%1 ::1%٣ [::1] [::1]:80 ::1/128
		12345::1 ::12345 00001:: ::00001 0001:: g:: ::g ::-1 ::+1 ::0x1 ::٣ ::１ ::ａ
		::1.2.3.4 ::ffff:1.2.3.4 ::FFFF:1.2.3.4 ::fFfF:1.2.3.4 ::ffff:0102:0304 ::ffff:102:304 ::ffff:c000:201 ::ffff:c000:0280
		0:0:0:0:0:ffff:192.0.2.1 0:0:0:0:0:ffff:c000:201 0::ffff:192.0.2.1 0:0::ffff:192.0.2.1 0:0:0::ffff:192.0.2.1
		0:0:0:0::ffff:192.0.2.1 0:0:0:0:0::ffff:192.0.2.1 ::0:ffff:192.0.2.1 ::0:0:ffff:192.0.2.1 ::0:0:0:0:ffff:192.0.2.1
		::0:0:0:0:0:ffff:192.0.2.1 0::0:0:ffff:c000:201 0:0::0:ffff:192.0.2.1 0000:0000:0000:0000:0000:FFFF:C000:0201
		0:0:0:0:0:ffff:: 0:0:0:0:0:ffff::201 ::ffff:c000:: ::ffff:0:192.0.2.1 ::ffff::192.0.2.1 ::ffff:192.0.2.1:1
		0:0:0:0:0:ffff:a00:: 0:0:0:0:0:ffff::a00 0::ffff:a00:1 ::ffff:a00:1 ::ffff:0a00:0001 0:0:0:0:0:0ffff:a00:1
		::ffff:01.2.3.4 ::ffff:1.2.3.256 ::ffff:1.2.3 ::ffff:1.2.3.4.5 ::ffff:1.2.3.4% ::ffff:1.2.3.4%eth0 ::ffff::1 ::ffff: :ffff:1.2.3.4
		ffff:1.2.3.4 1.2.3.4:: 1.2.3.4::1 1:2:3:4:5:6:1.2.3.4 1:2:3:4:5:6:7:1.2.3.4 1:2:3:4:5:1.2.3.4 ::1:2:3:4:5:1.2.3.4
		::1:2:3:4:5:6:1.2.3.4 1:2:3:4:5::1.2.3.4 1:2:3:4:5:6::1.2.3.4 1::1.2.3.4:5 ::1.2.3.4:5 ::1.2.3.4:: 1.2:: ::1.2
		s3.example.com cloudtrail.amazonaws.com cafe dead:beef AWS a:b:c`)
	texts = append(texts, "", " ", " 192.0.2.1", "192.0.2.1 ", "192.0.2.1\n", "\n192.0.2.1", "::1\n", "::1 ", "192.0.2.1\x00", "\x00", "::1\x00",
		"192.0.2.1, 192.0.2.2", "1.2.3.4\u200b", "::\u0131", "::\u017f", strings.Repeat("1", 5000), strings.Repeat(":", 5000),
		strings.Repeat("1:", 3000), "::"+strings.Repeat("0", 300)+"1", strings.Repeat("1.", 3000), "99999999999999999999.1.1.1", "{\"a\":\"::1\"}")
	// Every number of groups before and behind ::, too many of them as well.
	for before := range 9 {
		for behind := range 9 {
			zeros := strings.Repeat("0:", before) + ":" + strings.Repeat("0:", behind)
			if before == 0 {
				zeros = ":" + zeros
			}
			ones := strings.ReplaceAll(zeros, "0", "1")
			for _, last := range []string{"ffff:192.0.2.1", "ffff:c000:201", "ffff:0", "0", "1", "192.0.2.1"} {
				texts = append(texts, zeros+last, ones+last)
			}
			texts = append(texts, strings.TrimSuffix(zeros, "0:")+"0::", "2001:db8:"+zeros+"1", "2001:db8:"+strings.TrimPrefix(ones, ":")+"1.2.3.4")
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	address := func() netip.Addr {
		var b [16]byte
		for i := range b {
			if random.IntN(2) == 0 {
				b[i] = byte(random.Uint32() & random.Uint32())
			}
		}
		switch random.IntN(4) {
		case 0:
			return netip.AddrFrom4([4]byte(b[12:]))
		case 1:
			return netip.AddrFrom16(netip.AddrFrom4([4]byte(b[12:])).As16())
		case 2:
			b = [16]byte{0x20, 0x01, 0x0d, 0xb8, 4: b[4], 5: b[5], 14: b[14], 15: b[15]}
		}
		return netip.AddrFrom16(b)
	}
	for range testkit.Rounds(500, 500, 1500) {
		a := address()
		text := a.String()
		switch random.IntN(4) {
		case 0:
			text = a.StringExpanded()
		case 1:
			if a.Is6() {
				b := a.As16()
				text = fmt.Sprintf("%x:%x:%x:%x:%x:%X:%d.%d.%d.%d", int(b[0])<<8|int(b[1]), int(b[2])<<8|int(b[3]), int(b[4])<<8|int(b[5]),
					int(b[6])<<8|int(b[7]), int(b[8])<<8|int(b[9]), int(b[10])<<8|int(b[11]), b[12], b[13], b[14], b[15])
			}
		}
		// Zeros are left out at a place that the standard form would not choose.
		if random.IntN(3) == 0 {
			text = strings.Replace(text, ":0:", "::", 1)
		}
		texts = append(texts, text)
		// Texts that differ from an address by a character or two.
		mutant := []byte(text)
		for range 1 + random.IntN(2) {
			at := random.IntN(len(mutant) + 1)
			c := "0123456789abcdefF::.. %g/"[random.IntN(25)]
			switch random.IntN(3) {
			case 0:
				mutant = append(mutant[:at], append([]byte{c}, mutant[at:]...)...)
			case 1:
				if at < len(mutant) {
					mutant[at] = c
				}
			default:
				if at < len(mutant) {
					mutant = append(mutant[:at], mutant[at+1:]...)
				}
			}
		}
		texts = append(texts, string(mutant))
	}
	for range testkit.Rounds(500, 500, 1500) {
		b := make([]byte, 1+random.IntN(16))
		for i := range b {
			b[i] = "0011258f::::.."[random.IntN(14)]
		}
		texts = append(texts, string(b))
	}
	return texts
}

// networks are prefixes of all lengths around addresses that the texts have.
func networks() []netip.Prefix {
	var list []netip.Prefix
	for bits := range 33 {
		list = append(list, netip.MustParsePrefix(fmt.Sprint("192.0.2.1/", bits)).Masked())
	}
	for _, text := range []string{"10.0.0.0/8", "172.16.0.0/12", "1.2.3.4/32", "255.255.255.255/32", "128.0.0.0/1", "100.64.0.0/10", "0.0.0.0/3",
		"::/64", "::1/128", "::/127", "::ffff:0:0/95", "::fffe:0:0/95", "::ffff:0:0/81", "::/95", "::/97", "fe80::/10", "fc00::/7", "8000::/1", "64:ff9b::/96",
		"1:2:3:4:5:6:7:8/128", "1:2:3::/47", "::2:3:4:5:6:7:8/112", "2001:db8:0:0:8000::/65", "2001:db8::c000:200/120", "2001:db8::/33"} {
		list = append(list, netip.MustParsePrefix(text).Masked())
	}
	for bits := range 129 {
		list = append(list, netip.MustParsePrefix(fmt.Sprint("2001:db8:0123:4567:89ab:cdef:c000:201/", bits)).Masked())
		if bits%5 == 0 {
			list = append(list, netip.MustParsePrefix(fmt.Sprint("2001:db8::/", bits)).Masked())
		}
	}
	return list
}

// within is what CIDRExpr means.
func within(text string, network netip.Prefix) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Zone() == "" && network.Contains(address.Unmap())
}

// Expected values come from package net/netip, which the native matcher uses too.
func TestCIDRAgreesWithNetipIntegration(t *testing.T) {
	texts, nets := addressTexts(), networks()
	onEngines(t, func(t *testing.T, engine sqltest.Engine, d *sqltree.Dialect) {
		loadTexts(t, engine, texts)
		faults, holds := 0, 0
		for start := 0; start < len(nets); start += 20 {
			batch := nets[start:min(start+20, len(nets))]
			query := &sqltree.Select{Columns: []sqltree.Column{{Of: sqltree.Name{"id"}}}, From: sqltree.Source{Table: []string{"texts"}}}
			for _, network := range batch {
				query.Columns = append(query.Columns, sqltree.Column{Of: d.CIDR(sqltree.Name{"x"}, network)})
			}
			_, rows, err := engine.Query(t.Context(), d.Print(query))
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) != len(texts) {
				t.Fatalf("%d rows of %d texts", len(rows), len(texts))
			}
			for _, row := range rows {
				text := texts[row[0].(int64)]
				for i, network := range batch {
					want := within(text, network)
					if want {
						holds++
					}
					if got := row[i+1] == true; got != want {
						if faults++; faults <= 20 {
							t.Errorf("%q in %s: SQL says %v, want %v", text, network, row[i+1], want)
						}
					}
				}
			}
		}
		t.Logf("%s: %d texts, %d networks, %d pairs hold, %d faults", engine.Name(), len(texts), len(nets), holds, faults)
	})
}

// TestNetworksAgreeWithNetipIntegration compares lists of networks with package net/netip, as above.
func TestNetworksAgreeWithNetipIntegration(t *testing.T) {
	texts, nets := addressTexts(), networks()
	onEngines(t, func(t *testing.T, engine sqltest.Engine, d *sqltree.Dialect) {
		loadTexts(t, engine, texts)
		random := rand.New(rand.NewPCG(3, 4))
		holds := 0
		for round := range testkit.Rounds(4, 4, 12) {
			// Wide networks hold for nearly all addresses, so most lists are without them.
			some := make([]netip.Prefix, 0, len(nets))
			for _, n := range nets {
				if random.IntN(3) == 0 && (round%4 == 0 || n.Bits() > 2+round*2) {
					some = append(some, n)
				}
			}
			query := &sqltree.Select{
				Columns: []sqltree.Column{{Of: sqltree.Name{"id"}}, {Of: d.Networks(sqltree.Name{"x"}, some)}}, From: sqltree.Source{Table: []string{"texts"}},
			}
			_, rows, err := engine.Query(t.Context(), d.Print(query))
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) != len(texts) {
				t.Fatalf("%d rows of %d texts", len(rows), len(texts))
			}
			for _, row := range rows {
				text := texts[row[0].(int64)]
				want := slices.ContainsFunc(some, func(n netip.Prefix) bool { return within(text, n) })
				if want {
					holds++
				}
				if got := row[1] == true; got != want {
					t.Errorf("%q in %v: SQL says %v, want %v", text, some, row[1], want)
				}
			}
		}
		t.Logf("%s: %d texts, %d hold", engine.Name(), len(texts), holds)
	})
}
