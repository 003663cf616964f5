// Package origin says where addresses are and whose: city, country and network from databases of the MaxMind format, and
// labels for one's own networks and user agents.
//
// It takes addresses and agents as logs write them, and returns values of package finding. Databases and addresses are
// untrusted: every text is bounded, and a damaged database gives an error, never a panic. A Finder remembers a bounded
// number of addresses, so that each is usually looked up once.
package origin

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/internal/finding"
)

// maxCached is how many addresses a Finder remembers; beyond that it starts anew.
const maxCached = 1 << 16

// A Finder finds the origin of addresses and agents. It is safe for concurrent use. A nil Finder knows nothing.
type Finder struct {
	databases []*database
	known     *Known

	mutex sync.RWMutex
	cache map[string]finding.Origin
}

// NewFinder returns a finder for databases (paths) and one's own networks and agents, which may be nil. The first database
// that knows a value of an address decides it. An error names the path.
func NewFinder(paths []string, known *Known) (*Finder, error) {
	f := &Finder{known: known, cache: map[string]finding.Origin{}}
	for _, path := range paths {
		d, err := openDatabase(path)
		if err != nil {
			_ = f.Close() // they were only read
			return nil, fmt.Errorf("geoip database %s: %w", path, err)
		}
		f.databases = append(f.databases, d)
	}
	return f, nil
}

// Close closes the databases.
func (f *Finder) Close() error {
	if f == nil {
		return nil
	}
	var first error
	for _, d := range f.databases {
		if err := d.reader.Close(); err != nil && first == nil {
			first = err
		}
	}
	f.databases = nil
	return first
}

// Of returns what is known of an address. Texts that are no address, such as the name of a service, give only the text.
func (f *Finder) Of(address string) finding.Origin {
	if f == nil || address == "" {
		return finding.Origin{Address: address}
	}
	f.mutex.RLock()
	o, ok := f.cache[address]
	f.mutex.RUnlock()
	if ok {
		return o
	}
	o = f.find(address)
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if len(f.cache) >= maxCached {
		clear(f.cache)
	}
	o.Address = strings.Clone(o.Address)
	f.cache[o.Address] = o
	return o
}

func (f *Finder) find(address string) finding.Origin {
	o := finding.Origin{Address: address}
	at, ok := parseAddress(address)
	if !ok {
		return o
	}
	o.Known = f.known.network(at)
	var place finding.Origin // of a database without cities, in case that none has one
	for _, d := range f.databases {
		found := d.lookup(at)
		if o.City == "" && found.City != "" {
			o.City, o.Country, o.CountryName = found.City, found.Country, found.CountryName
		}
		if place.Country+place.CountryName == "" {
			place.Country, place.CountryName = found.Country, found.CountryName
		}
		if o.ASN == 0 && (found.ASN != 0 || o.Organization == "") {
			o.ASN, o.Organization = found.ASN, found.Organization
		}
	}
	if o.Country+o.CountryName == "" {
		o.Country, o.CountryName = place.Country, place.CountryName
	}
	return o
}

// parseAddress reads an address; one of IPv4 within IPv6 becomes IPv4.
func parseAddress(text string) (netip.Addr, bool) {
	at, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, false
	}
	return at.Unmap().WithZone(""), true
}

// Agent returns the label of a user agent of one's own, "" for others.
func (f *Finder) Agent(agent string) string {
	if f == nil {
		return ""
	}
	return f.known.agent(agent)
}

// Describe fills in what is known of the addresses and agents of facts.
func (f *Finder) Describe(facts *finding.Facts) {
	if f == nil {
		return
	}
	for _, address := range facts.Addresses {
		if o := f.Of(address); !o.IsZero() {
			facts.Origins = append(facts.Origins, o)
		}
	}
	for _, agent := range facts.Agents {
		if label := f.Agent(agent); label != "" {
			facts.KnownAgents = append(facts.KnownAgents, finding.KnownAgent{Agent: agent, Label: label})
		}
	}
}

// Notes returns what to tell about databases that were of no use: damaged ones, and those that gave nothing for any
// address.
func (f *Finder) Notes() []string {
	if f == nil {
		return nil
	}
	var notes []string
	for _, d := range f.databases {
		if note := d.note(); note != "" {
			notes = append(notes, note)
		}
	}
	return notes
}
