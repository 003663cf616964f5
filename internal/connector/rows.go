package connector

import (
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
)

// format returns a row as the connector delivers it: cells that are JSON are values. Rows of OCSF stay as they are. In rows of
// GuardDuty what users map has flat names, such as service_action_dnsrequestaction_domain.
func format(service string, header []string, cells []*string) *pyprint.Dict {
	row := &pyprint.Dict{}
	for i, name := range header {
		if i >= len(cells) || cells[i] == nil {
			continue
		}
		row.Set(name, cell(*cells[i]))
	}
	switch service {
	case "vpcflow":
		return formatFlow(row)
	case "guardduty":
		return formatFinding(row)
	}
	return row
}

// cell reads the text of a cell: JSON if it is that, else text.
func cell(text string) any {
	if v, err := decode(text); err == nil {
		return v
	}
	return text
}

// empty says that a value stands for none.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == "" || v == "-" || v == "null" || v == "Unknown"
	case *pyprint.List:
		return len(v.Items) == 0
	case *pyprint.Dict:
		return v.Len() == 0
	}
	return false
}

// protocols are names of IP protocols by their numbers: IANA, "Assigned Internet Protocol Numbers".
var protocols = map[int64]string{
	0: "hopopt", 1: "icmp", 2: "igmp", 3: "ggp", 4: "ip-in-ip", 5: "st", 6: "tcp", 7: "cbt", 8: "egp", 9: "igp", 17: "udp", 27: "rdp", 33: "dccp",
	41: "ipv6", 46: "rsvp", 47: "gre", 50: "esp", 51: "ah", 58: "ipv6-icmp", 88: "eigrp", 89: "ospf", 94: "ipip", 103: "pim", 112: "vrrp",
	115: "l2tp", 132: "sctp", 136: "udplite",
}

// formatFlow formats a row of a flow log. A protocol gets its name if it has one, an action its prefix.
func formatFlow(row *pyprint.Dict) *pyprint.Dict {
	out := &pyprint.Dict{}
	for _, e := range row.Entries() {
		name, _ := e.Key.(string)
		v := e.Value
		if empty(v) {
			continue
		}
		if n, ok := v.(int64); ok && name == "protocol" {
			if named, ok := protocols[n]; ok {
				v = named
			}
		}
		if action, ok := v.(string); ok && name == "action" {
			v = "network-traffic-" + strings.ToLower(action)
		}
		out.Set(name, v)
	}
	out.Set("name", "VPC flow log")
	return out
}

// flat is where flat names are divided before they are known.
const flat = "#"

// formatFinding formats a row of findings.
func formatFinding(row *pyprint.Dict) *pyprint.Dict {
	type pair struct {
		name string
		v    any
	}
	var pairs []pair
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case *pyprint.Dict:
			for _, e := range v.Entries() {
				key, _ := e.Key.(string)
				walk(name+flat+key, e.Value)
			}
		case *pyprint.List:
			for i, e := range v.Items {
				walk(name+flat+strconv.Itoa(i), e)
			}
		default:
			if !empty(v) {
				pairs = append(pairs, pair{name, v})
			}
		}
	}
	kind := ""
	for _, e := range row.Entries() {
		name, _ := e.Key.(string)
		if name == "id" {
			name = "finding_id"
		}
		walk(name, e.Value)
	}
	for _, p := range pairs {
		if p.name == "service#action#actiontype" {
			kind, _ = p.v.(string)
		}
	}
	out := &pyprint.Dict{}
	var rest []pair
	seen := map[string]bool{}
	for _, p := range pairs {
		name := strings.ReplaceAll(p.name, flat, "_")
		if name == privateAddress {
			switch kind {
			case "PORT_PROBE":
				name = "portprobe_" + name
			case "DNS_REQUEST":
				name = "dnsrequest_" + name
			}
		}
		if flatNames[name] {
			out.Set(name, p.v)
			seen[text(p.v)] = true
		} else if !seen[text(p.v)] || truth(p.v) {
			// What another name has already is not repeated.
			rest = append(rest, p)
		}
	}
	for _, p := range rest {
		nest(out, strings.Split(p.name, flat), p.v)
	}
	return out
}

// truth says that a value is a boolean, or a number that Python takes for one: other connectors lose these.
func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return true
	case int64:
		return v == 0 || v == 1
	case float64:
		return v == 0 || v == 1
	}
	return false
}

// nest sets a value inside objects.
func nest(out *pyprint.Dict, path []string, v any) {
	for _, key := range path[:len(path)-1] {
		inner, _ := out.Get(key)
		d, ok := inner.(*pyprint.Dict)
		if !ok {
			d = &pyprint.Dict{}
			out.Set(key, d)
		}
		out = d
	}
	out.Set(path[len(path)-1], v)
}

const privateAddress = "resource_instancedetails_networkinterfaces_0_privateipaddress"

// flatNames are the names of values of findings that stand at the top of a row: those that users know from mappings.
var flatNames = func() map[string]bool {
	const (
		nic    = "resource_instancedetails_networkinterfaces_"
		action = "service_action_"
		remote = "_remoteipdetails_"
	)
	out := map[string]bool{}
	for _, name := range strings.Fields("accountid region severity title type description service_eventfirstseen service_eventlastseen " +
		"resource_accesskeydetails_principalid resource_accesskeydetails_username resource_accesskeydetails_accesskeyid") {
		out[name] = true
	}
	for _, name := range strings.Fields("imageid instanceid availabilityzone platform") {
		out["resource_instancedetails_"+name] = true
	}
	for _, name := range strings.Fields("0_privateipaddress 0_ipv6addresses_0 0_publicip 0_privatednsname 0_publicdnsname 0_networkinterfaceid 0_subnetid " +
		"0_vpcid 0_securitygroups_0_groupid 0_securitygroups_0_groupname 1_privateipaddress 1_privatednsname 1_networkinterfaceid") {
		out[nic+name] = true
	}
	out["portprobe_"+privateAddress], out["dnsrequest_"+privateAddress] = true, true
	for _, name := range strings.Fields("networkconnectionaction portprobeaction_portprobedetails_0 awsapicallaction") {
		for _, part := range strings.Fields("ipaddressv4 city_cityname country_countryname") {
			out[action+name+remote+part] = true
		}
	}
	for _, name := range strings.Fields("networkconnectionaction_localportdetails_port networkconnectionaction_remoteportdetails_port " +
		"networkconnectionaction_protocol portprobeaction_portprobedetails_0_localportdetails_port awsapicallaction_api " +
		"awsapicallaction_servicename dnsrequestaction_domain") {
		out[action+name] = true
	}
	return out
}()
