package origin

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/egret-hunt/egret/internal/finding"
)

// maxText is the maximum length in bytes of a text of a database.
const maxText = 120

// database is one file. The reader maps it into memory.
type database struct {
	path   string
	reader *maxminddb.Reader

	mutex         sync.Mutex
	asked, useful int
	fault         error // the first one
}

func openDatabase(path string) (*database, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, errors.New("no such file")
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Size() == 0:
		return nil, errors.New("the file is empty")
	}
	d := &database{path: path}
	err = guarded(func() error {
		var err error
		d.reader, err = maxminddb.Open(path)
		return err
	})
	var invalid maxminddb.InvalidDatabaseError
	switch {
	case errors.As(err, &invalid):
		return nil, fmt.Errorf("not a database in MaxMind's format (.mmdb), or damaged: %w", err)
	case err != nil:
		return nil, err
	}
	m := &d.reader.Metadata
	if m.BinaryFormatMajorVersion != 2 || m.IPVersion != 4 && m.IPVersion != 6 {
		_ = d.reader.Close() // it was only read
		return nil, fmt.Errorf("expected version 2 of MaxMind's format for IPv4 or IPv6, found version %d for IPv%d", m.BinaryFormatMajorVersion, m.IPVersion)
	}
	return d, nil
}

// guarded calls a function that reads a mapped file. A panic of the reader, or a fault because the file was cut while
// mapped, becomes an error.
func guarded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("reading it failed: %v", r)
		}
	}()
	return do()
}

// record has the values of the files of MaxMind and DB-IP (nested, with names by language) and of IPinfo (mostly flat). The
// reader limits what it decodes of one record.
type record struct {
	City              any `maxminddb:"city"`
	Country           any `maxminddb:"country"`
	CountryCode       any `maxminddb:"country_code"`
	CountryName       any `maxminddb:"country_name"`
	RegisteredCountry any `maxminddb:"registered_country"`
	Geo               any `maxminddb:"geo"`
	Number            any `maxminddb:"autonomous_system_number"`
	Operator          any `maxminddb:"autonomous_system_organization"`
	ASN               any `maxminddb:"asn"`
	ASName            any `maxminddb:"as_name"`
	AS                any `maxminddb:"as"`
	Name              any `maxminddb:"name"`
	Organization      any `maxminddb:"organization"`
	ISP               any `maxminddb:"isp"`
}

// lookup returns what the database has for an address.
func (d *database) lookup(at netip.Addr) finding.Origin {
	var o finding.Origin
	if at.Is6() && d.reader.Metadata.IPVersion == 4 {
		return o
	}
	err := guarded(func() error {
		result := d.reader.Lookup(at)
		if err := result.Err(); err != nil || !result.Found() {
			return err
		}
		var r record
		err := result.Decode(&r)
		var other maxminddb.UnmarshalTypeError
		if errors.As(err, &other) {
			return nil // a record that is no map belongs to a database of another kind
		}
		o = r.origin()
		return err
	})
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.asked++
	if err != nil {
		if d.fault == nil {
			d.fault = err
		}
		return finding.Origin{}
	}
	if o != (finding.Origin{}) {
		d.useful++
	}
	return o
}

func (d *database) note() string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	switch {
	case d.fault != nil:
		return fmt.Sprintf("geoip database %s: damaged, some origins are missing: %v", d.path, d.fault)
	case d.asked > 0 && d.useful == 0:
		return fmt.Sprintf("geoip database %s (%s): no city, country or network for any of %d addresses", d.path, bounded(d.reader.Metadata.DatabaseType), d.asked)
	}
	return ""
}

func (r *record) origin() (o finding.Origin) {
	name, code := text(r.Country), ""
	if len(name) == 2 { // IPinfo has either in one key
		name, code = "", name
	}
	o.City = cmp.Or(text(r.City, "names", "en"), text(r.City), text(r.Geo, "city"))
	o.Country = cmp.Or(text(r.Country, "iso_code"), text(r.CountryCode), text(r.Geo, "country_code"), code, text(r.RegisteredCountry, "iso_code"))
	o.CountryName = cmp.Or(text(r.Country, "names", "en"), text(r.CountryName), name, text(r.Geo, "country"),
		text(r.RegisteredCountry, "names", "en"))
	o.ASN = cmp.Or(number(r.Number), number(r.ASN), number(at(r.AS, "asn")))
	o.Organization = cmp.Or(text(r.Operator), text(r.ASName), text(r.AS, "name"), text(r.Organization), text(r.ISP))
	if o.ASN != 0 && o.Organization == "" { // IPinfo's file of networks
		o.Organization = text(r.Name)
	}
	return o
}

// at returns the value below keys of maps, nil if there is none.
func at(v any, keys ...string) any {
	for _, key := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// text returns the text below keys, "" for other values.
func text(v any, keys ...string) string {
	text, _ := at(v, keys...).(string)
	return bounded(text)
}

// number reads the number of an autonomous system, which IPinfo writes as AS64500.
func number(v any) uint32 {
	switch v := v.(type) {
	case uint64:
		if v <= math.MaxUint32 {
			return uint32(v)
		}
	case string:
		if len(v) > 2 && strings.EqualFold(v[:2], "AS") {
			n, _ := strconv.ParseUint(v[2:], 10, 32) // 0 if it is no number
			return uint32(n)
		}
	}
	return 0
}

// bounded cuts a text of a database and makes it valid UTF-8.
func bounded(text string) string {
	if len(text) > maxText {
		end := maxText
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end] + "…"
	}
	return strings.ToValidUTF8(text, "\ufffd")
}
