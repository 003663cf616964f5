package connector_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/connector"
)

// FuzzRows translates any rows and options. Answers are JSON, and nothing panics.
func FuzzRows(f *testing.F) {
	for _, seed := range [][2]string{
		{`[{"srcaddr": "192.0.2.1", "dstport": 0, "action": "network-traffic-accept"}]`, `{"stix_2.1": true}`},
		{`[{"resource_instancedetails_networkinterfaces_0_publicip": "192.0.2.1", "resource": {"0": {"1": []}}, "title": 1}]`, `{"unmapped_fallback": true}`},
		{`{"ocsf": {"class_uid": 1, "src_endpoint": {"ip": []}}}`, ``},
		{`[{"a": "192.0.2.1"}]`, `{"dialects": ["vpcflow"], "mapping": {"vpcflow_to_stix_map": {"a": [{"key": "ipv4-addr.value", "object": "x"}, {"key": "x-a.b_ref", "references": "y"}]}}}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, data, options string) {
		o, err := connector.ParseOptions(options)
		if err != nil {
			return
		}
		rows, err := connector.Rows(data)
		if err != nil {
			return
		}
		observer, err := connector.NewObserver(o, nil, func() time.Time { return time.Unix(0, 0) })
		if err != nil {
			return
		}
		text, err := observer.Bundle(map[string]any{"id": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"}, rows).JSON()
		if err != nil || !json.Valid([]byte(text)) {
			t.Errorf("%v in %q", err, text)
		}
	})
}

// FuzzTranslate translates any pattern and connection. Answers are JSON, and nothing panics.
func FuzzTranslate(f *testing.F) {
	f.Add("[ipv4-addr:value = '192.0.2.1' AND network-traffic:dst_port IN (22, 443)] AND [x-ibm-finding:name LIKE '%##TABLE##'] REPEATS 2 TIMES", `{}`, `{"region": "us-east-1"}`)
	f.Add("[network-traffic:protocols[*] NOT = 'tcp' OR EXISTS x-ocsf-resources:uid] START t'2020-05-01T00:00:00Z' STOP t'2020-05-02T00:00:00Z'",
		`{"mapping": {"vpcflow_from_stix_map": {"ipv4-addr": {"fields": {"value": ["a.b"]}}}}}`, `{"options": {"timeout": 1}}`)
	f.Fuzz(func(t *testing.T, pattern, options, connection string) {
		_, _ = connector.ParseConnection(connection, `{"auth": {}}`) // errors are answers
		o, err := connector.ParseOptions(options)
		if err != nil {
			return
		}
		text, err := connector.Translate(pattern, o, nil, time.Unix(0, 0)).JSON()
		if err != nil || !json.Valid([]byte(text)) {
			t.Errorf("%v in %q", err, text)
		}
	})
}
