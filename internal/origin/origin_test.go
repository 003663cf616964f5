package origin_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/netset"
	"github.com/egret-hunt/egret/internal/origin"
	"github.com/egret-hunt/egret/internal/testkit"
)

type record = map[string]any

// database writes a database and returns its path.
func database(t testing.TB, name string, ipVersion int, records map[string]any) string {
	t.Helper()
	text, err := testkit.MMDB(name, ipVersion, records)
	if err != nil {
		t.Fatal(err)
	}
	return file(t, name+".mmdb", text)
}

func file(t testing.TB, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func finder(t testing.TB, known *origin.Known, paths ...string) *origin.Finder {
	t.Helper()
	f, err := origin.NewFinder(paths, known)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // it was only read
	return f
}

// The forms are those that the vendors document: GeoIP2/GeoLite2 and DB-IP (the same, nested), IPinfo Lite, IPinfo's
// country and ASN file, its ASN file, its location file, and its nested files.
func TestVendorsFormats(t *testing.T) {
	const at = "203.0.113.7"
	for _, test := range []struct {
		name   string
		record record
		want   finding.Origin
	}{
		{"city", testkit.CityRecord("IE", "Ireland", "Dublin"), finding.Origin{Country: "IE", CountryName: "Ireland", City: "Dublin"}},
		{"country", testkit.CityRecord("IE", "Ireland", ""), finding.Origin{Country: "IE", CountryName: "Ireland"}},
		{"registered country", record{"registered_country": testkit.CityRecord("IE", "Ireland", "")["country"]}, finding.Origin{Country: "IE", CountryName: "Ireland"}},
		{"asn", record{"autonomous_system_number": uint32(64500), "autonomous_system_organization": "Example"}, finding.Origin{ASN: 64500, Organization: "Example"}},
		{"isp", record{"isp": "Example ISP", "organization": "Example", "autonomous_system_number": uint32(64500)}, finding.Origin{ASN: 64500, Organization: "Example"}},
		{"ipinfo lite", record{"country": "Ireland", "country_code": "IE", "continent": "Europe", "asn": "AS64500", "as_name": "Example", "as_domain": "example.com"}, finding.Origin{Country: "IE", CountryName: "Ireland", ASN: 64500, Organization: "Example"}},
		{"ipinfo country and asn", record{"country": "IE", "country_name": "Ireland", "asn": "AS64500", "as_name": "Example"}, finding.Origin{Country: "IE", CountryName: "Ireland", ASN: 64500, Organization: "Example"}},
		{"ipinfo location", record{"city": "Dublin", "region": "Leinster", "country": "IE", "latitude": "53.3"}, finding.Origin{Country: "IE", City: "Dublin"}},
		{"ipinfo asn", record{"asn": "AS64500", "name": "Example", "domain": "example.com", "route": "203.0.113.0/24"}, finding.Origin{ASN: 64500, Organization: "Example"}},
		{"ipinfo nested", record{"geo": record{"city": "Dublin", "country": "Ireland", "country_code": "IE"}, "as": record{"asn": "AS64500", "name": "Example"}}, finding.Origin{Country: "IE", CountryName: "Ireland", City: "Dublin", ASN: 64500, Organization: "Example"}},
		{"a name without a network", record{"name": "x"}, finding.Origin{}},
		{"values of other types", record{"country": uint32(7), "city": record{"names": "x"}, "asn": "ASX"}, finding.Origin{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := finder(t, nil, database(t, "x", 6, record{"203.0.113.0/24": test.record}))
			test.want.Address = at
			if got := f.Of(at); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if got, want := f.Of("198.51.100.1"), (finding.Origin{Address: "198.51.100.1"}); got != want {
				t.Errorf("outside of the network: got %+v, want only the address", got)
			}
		})
	}
}

// Files complete one another; where both know a value the first one decides. Place and network come from one file each.
func TestFilesAreMerged(t *testing.T) {
	city := database(t, "city", 4, record{"203.0.113.0/24": testkit.CityRecord("IE", "Ireland", "Dublin"), "192.0.2.0/24": testkit.CityRecord("FR", "France", "")})
	asn := database(t, "asn", 6, record{"203.0.113.0/24": record{"asn": "AS64500", "as_name": "Example", "country": "DE"}, "2001:db8::/32": record{"asn": "AS64501", "country": "SE"}})
	f := finder(t, nil, city, asn)
	for address, want := range map[string]finding.Origin{
		"203.0.113.7":               {Country: "IE", CountryName: "Ireland", City: "Dublin", ASN: 64500, Organization: "Example"},
		"::ffff:203.0.113.7":        {Country: "IE", CountryName: "Ireland", City: "Dublin", ASN: 64500, Organization: "Example"},
		"192.0.2.1":                 {Country: "FR", CountryName: "France"},
		"2001:db8::1":               {Country: "SE", ASN: 64501}, // the first file has IPv4 only
		"ec2.amazonaws.com":         {},
		"203.0.113.7, 192.0.2.1":    {},
		"":                          {},
		strings.Repeat("9", 1<<20):  {},
		"fe80::1%eth0\x1b[31m":      {},
		"203.0.113.7/24":            {},
		"2001:db8::1%" + "zone\x00": {Country: "SE", ASN: 64501},
	} {
		want.Address = address
		for range 2 { // also from the cache
			if got := f.Of(address); got != want {
				t.Errorf("%.40q: got %+v, want %+v", address, got, want)
			}
		}
	}
	if got, want := finder(t, nil, asn, city).Of("203.0.113.7"), "Dublin"; got.City != want || got.Country != "IE" {
		t.Errorf("got %+v, want the country of the file that names the city", got)
	}
	if notes := f.Notes(); notes != nil {
		t.Errorf("got notes %q, want none", notes)
	}
}

func TestKnownNetworksAndAgents(t *testing.T) {
	var known origin.Known
	for network, label := range map[string]string{"192.0.2.0/24": "office", "192.0.2.7": "build server", "2001:db8::/32": "office", "::ffff:198.51.100.0/120": "vpn"} {
		prefix, ok := netset.Parse(network)
		if !ok {
			t.Fatalf("%s is not a network", network)
		}
		known.AddNetwork(prefix, label)
	}
	known.AddAgent("Terraform/*", "infrastructure")
	known.AddAgent("*build*x", "build")
	f := finder(t, &known)
	for address, want := range map[string]string{
		"192.0.2.1": "office", "192.0.2.7": "build server", "192.0.3.1": "", "2001:db8:1::1": "office", "198.51.100.9": "vpn", "::ffff:192.0.2.7": "build server", "x": "",
	} {
		if got := f.Of(address).Known; got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
	for agent, want := range map[string]string{
		"terraform/1.9": "infrastructure", "my Terraform/1.9": "", "BUILD x": "build", "a build of x": "build", "build": "", "x": "", "": "",
	} {
		if got := f.Agent(agent); got != want {
			t.Errorf("%s: got %q, want %q", agent, got, want)
		}
	}
	facts := finding.Facts{Addresses: []string{"192.0.2.1", "203.0.113.1"}, Agents: []string{"Terraform/1", "x"}}
	f.Describe(&facts)
	if len(facts.Origins) != 1 || facts.Origins[0].Known != "office" || len(facts.KnownAgents) != 1 || facts.KnownAgents[0].Label != "infrastructure" {
		t.Errorf("got %+v, want one of each", facts)
	}
}

// Every file that is not a database gives an error that names it.
func TestBadDatabases(t *testing.T) {
	good, err := testkit.MMDB("city", 6, record{"203.0.113.0/24": testkit.CityRecord("IE", "Ireland", "Dublin")})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		text []byte
		want string
	}{
		"empty.mmdb":  {nil, "empty"},
		"cut.mmdb":    {good[:len(good)-200], "not a database"},
		"half.mmdb":   {good[:len(good)/2], "not a database"},
		"text.csv":    {[]byte("203.0.113.0/24,IE\n"), "not a database"},
		"head.mmdb":   {good[len(good)-150:], "not a database"},
		"future.mmdb": {[]byte(strings.Replace(string(good), "binary_format_major_version\xa1\x02", "binary_format_major_version\xa1\x03", 1)), "version 3"},
	} {
		path := file(t, name, test.text)
		_, err := origin.NewFinder([]string{path}, nil)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want an error with the path and %q", name, err, test.want)
		}
	}
	for path, want := range map[string]string{filepath.Join(t.TempDir(), "none.mmdb"): "no such file", t.TempDir(): "not a regular file"} {
		if _, err := origin.NewFinder([]string{path}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// A database whose data is damaged loses its own values only, and says so once.
func TestDamagedDataIsNoted(t *testing.T) {
	records := record{"203.0.113.0/24": testkit.CityRecord("IE", "Ireland", "Dublin")}
	text, err := testkit.MMDB("city", 6, records)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(text), "iso_code")
	for i := at + len("iso_code"); i < at+len("iso_code")+8; i++ {
		text[i] = 0xff
	}
	path := file(t, "damaged.mmdb", text)
	f := finder(t, nil, path, database(t, "asn", 6, record{"203.0.113.0/24": record{"asn": "AS64500"}}))
	if got := f.Of("203.0.113.7"); got.ASN != 64500 || got.Country != "" {
		t.Errorf("got %+v, want only the network", got)
	}
	if notes := f.Notes(); len(notes) != 1 || !strings.Contains(notes[0], path) || !strings.Contains(notes[0], "damaged") {
		t.Errorf("got %q, want one note about the damaged file", notes)
	}
	other := finder(t, nil, database(t, "GeoIP2-Anonymous-IP", 6, record{"203.0.113.0/24": record{"is_anonymous": uint32(1)}}))
	other.Of("203.0.113.7")
	if notes := other.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "no city") {
		t.Errorf("got %q, want a note that the file is of no use", notes)
	}
}

// Texts of a database are bounded and valid, whatever it has.
func TestTextsAreBounded(t *testing.T) {
	f := finder(t, nil, database(t, "x", 6, record{"203.0.113.0/24": testkit.CityRecord("IE", "Ire\xffland", strings.Repeat("é", 100_000))}))
	got := f.Of("203.0.113.7")
	if len(got.City) > 130 || !strings.HasSuffix(got.City, "é…") || got.CountryName != "Ire\ufffdland" {
		t.Errorf("got %q, %q", got.City[:min(len(got.City), 200)], got.CountryName)
	}
}

// FuzzDatabase reads mutated databases: there may be errors and wrong values, but no panic, no loop and no long text.
func FuzzDatabase(f *testing.F) {
	for _, version := range []int{4, 6} {
		text, err := testkit.MMDB("city", version, record{"203.0.113.0/24": testkit.CityRecord("IE", "Ireland", "Dublin"), "192.0.2.0/25": record{"asn": "AS64500", "as_name": "Example"}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		finder, err := origin.NewFinder([]string{file(t, "x.mmdb", text)}, nil)
		if err != nil {
			return
		}
		defer finder.Close()
		for _, address := range []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::")} {
			o := finder.Of(address.String())
			if len(o.City)+len(o.Country)+len(o.CountryName)+len(o.Organization) > 4*130 {
				t.Errorf("got texts of %d bytes", len(o.City)+len(o.Country)+len(o.CountryName)+len(o.Organization))
			}
		}
		finder.Notes()
	})
}
