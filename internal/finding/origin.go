package finding

import (
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// Origin says where an address is and whose it is. A value that is not known is "" or 0.
type Origin struct {
	Address string `json:"address"`
	// Country is the ISO 3166 code, CountryName the English name, City the English name of the city.
	Country     string `json:"country"`
	CountryName string `json:"country_name"`
	City        string `json:"city"`
	// ASN is the number of the autonomous system, Organization who operates it.
	ASN          uint32 `json:"asn"`
	Organization string `json:"organization"`
	// Known is the label of one's own network, as egret.yaml gives it.
	Known string `json:"known"`
	// New is "address" if the principal of a finding had not used it before, "network" if not even one of its network, ""
	// if it had or nobody knows; see FirstSeen.
	New string `json:"new"`
}

// IsZero reports whether nothing but the address is known.
func (o *Origin) IsZero() bool { return *o == Origin{Address: o.Address} }

// Place returns city and country, such as "Dublin, IE", and Network the autonomous system, such as "AS64500 Example".
// Both are "" if nothing is known.
func (o *Origin) Place() string {
	country := o.Country
	if country == "" {
		country = o.CountryName
	}
	if o.City == "" || country == "" {
		return o.City + country
	}
	return o.City + ", " + country
}

// Network returns number and operator of the autonomous system.
func (o *Origin) Network() string {
	if o.ASN == 0 {
		return o.Organization
	}
	return strings.TrimSpace("AS" + strconv.FormatUint(uint64(o.ASN), 10) + " " + o.Organization)
}

// OriginOf returns what is known of an address of the facts; the result has only the address if that is nothing.
func (f *Facts) OriginOf(address string) Origin {
	if i := slices.IndexFunc(f.Origins, func(o Origin) bool { return o.Address == address }); i >= 0 {
		return f.Origins[i]
	}
	return Origin{Address: address}
}

// A KnownAgent is a user agent of one's own with its label in egret.yaml.
type KnownAgent struct{ Agent, Label string }

// FirstSeen marks a value that a principal had not used before, although its history goes back at least a week.
type FirstSeen struct {
	// Kind is address, network, agent, region or action.
	Kind, Value, Principal string
	// Time is when the principal first used the value, Since when its history in the log begins.
	Time, Since value.Time
}

func (o *Origin) appendJSON(dst []byte) []byte {
	dst = appendKey(append(dst, '{'), "address", o.Address)
	dst = appendKey(append(dst, ','), "country", o.Country)
	dst = appendKey(append(dst, ','), "country_name", o.CountryName)
	dst = appendKey(append(dst, ','), "city", o.City)
	dst = strconv.AppendUint(append(dst, `,"asn":`...), uint64(o.ASN), 10)
	dst = appendKey(append(dst, ','), "organization", o.Organization)
	dst = appendKey(append(dst, ','), "known", o.Known)
	return append(appendKey(append(dst, ','), "new", o.New), '}')
}

// appendOrigins appends the keys of what is known of addresses and agents, each behind a comma.
func (f *Facts) appendOrigins(dst []byte) []byte {
	dst = append(dst, `,"origins":`...)
	dst = appendList(dst, f.Origins, func(dst []byte, o *Origin) []byte { return o.appendJSON(dst) })
	dst = append(dst, `,"known_agents":`...)
	dst = appendList(dst, f.KnownAgents, func(dst []byte, a *KnownAgent) []byte {
		dst = appendKey(append(dst, '{'), "agent", a.Agent)
		return append(appendKey(append(dst, ','), "known", a.Label), '}')
	})
	dst = append(dst, `,"first_seen":`...)
	return appendList(dst, f.FirstSeen, func(dst []byte, s *FirstSeen) []byte {
		dst = appendKey(append(dst, '{'), "kind", s.Kind)
		dst = appendKey(append(dst, ','), "value", s.Value)
		dst = appendKey(append(dst, ','), "principal", s.Principal)
		dst = appendTime(append(dst, `,"time":`...), s.Time)
		return append(appendTime(append(dst, `,"principal_since":`...), s.Since), '}')
	})
}
