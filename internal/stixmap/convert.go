package stixmap

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/value"
)

// conversions turn the value of a field into that of a property; false means that there is none.
//
//	address      addresses of IPv4 and IPv6 only, as written
//	not-address  texts that are no address
//	arn-account  the account in an ARN
//	arn-region   the region in an ARN
//	boolean      true and false, also as text
//	dns          a DNS name without the dot at its end
//	epoch-s      seconds since 1970, as a timestamp
//	epoch-ms     milliseconds since 1970, as a timestamp
//	hex2         a number of a byte, as two hexadecimal digits
//	lower        text in lower case
//	number       a number, also as text
//	protocol     the name of an IP protocol, from its number or name; numbers without a name stay as text
//	stamp        a time of a table or log, as a timestamp with milliseconds
//	text         text, also of a number or boolean
//	time         a time of a table or log, as a timestamp
//	version      the version behind HTTP/
var conversions = map[string]func(kind value.Kind, text string) (any, bool){
	"address": func(_ value.Kind, text string) (any, bool) { return text, isAddress(text) },
	"not-address": func(_ value.Kind, text string) (any, bool) {
		return text, !isAddress(text) && strings.Contains(text, ".") && !strings.Contains(text, " ")
	},
	"arn-account": func(_ value.Kind, text string) (any, bool) { return arnPart(text, 4) },
	"arn-region":  func(_ value.Kind, text string) (any, bool) { return arnPart(text, 3) },
	"boolean": func(_ value.Kind, text string) (any, bool) {
		return text == "true", text == "true" || text == "false"
	},
	"dns": func(_ value.Kind, text string) (any, bool) {
		text = strings.TrimSuffix(text, ".")
		return text, text != ""
	},
	"epoch-s":  func(_ value.Kind, text string) (any, bool) { return epoch(text, time.Second) },
	"epoch-ms": func(_ value.Kind, text string) (any, bool) { return epoch(text, time.Millisecond) },
	"hex2": func(_ value.Kind, text string) (any, bool) {
		n, err := strconv.ParseUint(text, 10, 8)
		return fmt.Sprintf("%02x", n), err == nil
	},
	"lower":    func(_ value.Kind, text string) (any, bool) { return strings.ToLower(text), true },
	"number":   number,
	"protocol": func(_ value.Kind, text string) (any, bool) { return protocolName(text), true },
	"stamp": func(_ value.Kind, text string) (any, bool) {
		t, ok := instant(text)
		return t.Format(stampFormat), ok
	},
	"text": func(_ value.Kind, text string) (any, bool) { return text, true },
	"time": func(_ value.Kind, text string) (any, bool) {
		if t, ok := value.ParseTime([]byte(text)); ok && strings.Contains(text, "T") && strings.HasSuffix(text, "Z") {
			return text, t != value.Time{}
		}
		t, ok := instant(text)
		return t.Format(stampFormat), ok
	},
	"version": func(_ value.Kind, text string) (any, bool) { return strings.TrimPrefix(text, "HTTP/"), true },
}

// stampFormat is the format of timestamps that are made from numbers.
const stampFormat = "2006-01-02T15:04:05.000Z"

// plain keeps the type of the log.
func plain(kind value.Kind, text string) (any, bool) {
	switch kind {
	case value.Number:
		return json.Number(text), true
	case value.True, value.False:
		return text == "true", true
	case value.String, value.Null, value.Array, value.Object:
	}
	return text, true
}

func number(_ value.Kind, text string) (any, bool) {
	return json.Number(text), text != "" && value.ScanNumber([]byte(text), 0) == len(text)
}

func epoch(text string, unit time.Duration) (any, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 253402300799*int64(time.Second/unit) { // the year 9999
		t, ok := instant(text) // a table may have a timestamp
		return t.Format(stampFormat), ok
	}
	perSecond := int64(time.Second / unit)
	return time.Unix(n/perSecond, n%perSecond*int64(unit)).UTC().Format(stampFormat), true
}

// instant reads a time as logs and tables write it: with a zone or in UTC, with T or a space.
func instant(text string) (time.Time, bool) {
	if t, ok := value.ParseTime([]byte(text)); ok {
		return t.UTC(), true
	}
	text = strings.TrimSuffix(text, " UTC")
	for _, format := range []string{"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(format, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func arnPart(text string, part int) (any, bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return nil, false
	}
	return parts[part], parts[part] != ""
}

// isAddress reports whether a text is an address of IPv4 or IPv6 without a zone.
func isAddress(text string) bool {
	a, err := netip.ParseAddr(text)
	return err == nil && a.Zone() == ""
}

// protocols are the names of IP protocols (IANA, "Assigned Internet Protocol Numbers"), those that STIX patterns use.
var protocols = map[string]string{
	"1": "icmp", "2": "igmp", "4": "ipv4", "6": "tcp", "17": "udp", "41": "ipv6", "47": "gre", "50": "esp", "51": "ah", "58": "ipv6-icmp",
	"89": "ospf", "103": "pim", "112": "vrrp", "115": "l2tp", "132": "sctp", "136": "udplite",
}

func protocolName(text string) string {
	if name, ok := protocols[text]; ok {
		return name
	}
	return strings.ToLower(text)
}

// convert turns the value of a field into that of the property.
func (v *Value) convert(kind value.Kind, text string) (any, bool) {
	if kind == value.Object || kind == value.Array || absent(text) {
		return nil, false
	}
	as := plain
	if v.As != "" {
		as = conversions[v.As]
	}
	one, ok := as(kind, text)
	if !ok {
		return nil, false
	}
	if out, isText := one.(string); isText {
		if v.Until != "" && strings.Contains(out, v.Until) {
			return nil, false
		}
		if changed, ok := v.Map[out]; ok {
			out = changed
		}
		return v.Prefix + out, true
	}
	return one, true
}

// absent reports whether a text stands for no value.
func absent(text string) bool { return text == "" || text == "-" }
