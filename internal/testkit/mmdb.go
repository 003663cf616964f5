package testkit

import (
	"bytes"
	"fmt"
	"net"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// MMDB returns a database in MaxMind's format, as MaxMind's own library writes it. records are by network; a record is made
// of maps, texts and uint32.
func MMDB(kind string, ipVersion int, records map[string]any) ([]byte, error) {
	tree, err := mmdbwriter.New(mmdbwriter.Options{
		DatabaseType: kind, IPVersion: ipVersion, RecordSize: 24, IncludeReservedNetworks: true, Description: map[string]string{"en": "made by a test"},
	})
	if err != nil {
		return nil, err
	}
	// Iteration order does not matter: the networks do not overlap.
	for text, record := range records {
		_, network, err := net.ParseCIDR(text)
		if err != nil {
			return nil, err
		}
		if err := tree.Insert(network, mmdbValue(record)); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	_, err = tree.WriteTo(&out)
	return out.Bytes(), err
}

func mmdbValue(v any) mmdbtype.DataType {
	switch v := v.(type) {
	case string:
		return mmdbtype.String(v)
	case uint32:
		return mmdbtype.Uint32(v)
	case map[string]any:
		m := mmdbtype.Map{}
		for key, value := range v {
			m[mmdbtype.String(key)] = mmdbValue(value)
		}
		return m
	}
	panic(fmt.Sprintf("a record of %T", v))
}

// Names is a text of a database of MaxMind in English.
func Names(text string) map[string]any { return map[string]any{"names": map[string]any{"en": text}} }

// CityRecord is a record as in the city databases of MaxMind and DB-IP.
func CityRecord(code, country, city string) map[string]any {
	of := Names(country)
	of["iso_code"] = code
	record := map[string]any{"country": of}
	if city != "" {
		record["city"] = Names(city)
	}
	return record
}
