package stixout_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/stixout"
	"github.com/egret-hunt/egret/stix"
)

// bundle is a bundle as a test reads it.
type bundle struct {
	Type    string           `json:"type"`
	ID      string           `json:"id"`
	Spec    string           `json:"spec_version"`
	Objects []map[string]any `json:"objects"`
}

func (b *bundle) of(kind string) []map[string]any {
	var out []map[string]any
	for _, o := range b.Objects {
		if o["type"] == kind {
			out = append(out, o)
		}
	}
	return out
}

// made writes observations and reads the bundle again.
func made(t *testing.T, o stixout.Options, list ...stixout.Observation) *bundle {
	t.Helper()
	var out bytes.Buffer
	w, err := stixout.NewWriter(&out, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		if _, err := w.Observe(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var b bundle
	if err := json.Unmarshal(out.Bytes(), &b); err != nil {
		t.Fatalf("%v in %s", err, out.Bytes())
	}
	return &b
}

func address(text string, more ...any) stixout.Object {
	o := stixout.Object{Type: "ipv4-addr", Properties: map[string]any{"value": text}}
	for i := 0; i < len(more); i += 2 {
		o.Properties[more[i].(string)] = more[i+1]
	}
	return o
}

// wantTraffic is the id of the connection below.
const wantTraffic = "network-traffic--3540f1c9-0d2c-5722-9f30-611205e5316d"

// The first id is that of the stix2 library 3.0.2, the other ones are the UUIDv5 that Python's uuid module gives for the canonical JSON.
func TestIDsOfObjectsAreThoseOfTheSpecification(t *testing.T) {
	b := made(t, stixout.Options{}, stixout.Observation{Objects: []stixout.Object{
		address("172.31.62.249", "x_aws_interface_id", "eni-1"), address("172.31.76.105"),
		{Type: "network-traffic", Properties: map[string]any{"src_ref": stixout.Ref(0), "dst_ref": stixout.Ref(1), "dst_port": json.Number("22"),
			"protocols": []any{"tcp"}, "src_packets": json.Number("3")}},
	}})
	if id := b.of("ipv4-addr")[0]["id"]; id != "ipv4-addr--694b5e6c-08fb-58b7-a2ff-8f4b3643dd19" {
		t.Errorf("got %s", id)
	}
	if id := b.of("network-traffic")[0]["id"]; id != wantTraffic {
		t.Errorf("got %s, want %s", id, wantTraffic)
	}
	if refs := b.of("observed-data")[0]["object_refs"].([]any); len(refs) != 4 || refs[0] != b.of("ipv4-addr")[0]["id"] {
		t.Errorf("got %v", refs)
	}
	if i := b.of("x-aws-network-interface"); len(i) != 1 || i[0]["interface_id"] != "eni-1" || i[0]["address_ref"] != b.of("ipv4-addr")[0]["id"] {
		t.Errorf("got interfaces %v", i)
	}
	if _, ok := b.of("ipv4-addr")[0]["x_aws_interface_id"]; ok {
		t.Error("the address has the interface too")
	}
}

func TestNumberedObjectsKeepWhatUsersKnow(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	objects := []stixout.Object{address("192.0.2.1", "x_aws_interface_id", "eni-1")}
	for range 10 {
		objects = append(objects, address("192.0.2.2"))
	}
	objects = append(objects, stixout.Object{Type: "x-ibm-finding", Properties: map[string]any{"severity": json.Number("5"), "src_ip_ref": stixout.Ref(10)}})
	b := made(t, stixout.Options{Version: stix.V20}, stixout.Observation{First: at, Last: at.Add(40 * time.Second), Number: 3, Objects: objects})
	o := b.of("observed-data")[0]
	if b.Spec != "2.0" || o["first_observed"] != "2026-03-02T10:00:00.000Z" || o["last_observed"] != "2026-03-02T10:00:40.000Z" || o["number_observed"] != 3.0 {
		t.Errorf("got %v", o)
	}
	numbered := o["objects"].(map[string]any)
	if a := numbered["0"].(map[string]any); a["x_aws_interface_id"] != "eni-1" || a["value"] != "192.0.2.1" {
		t.Errorf("got %v", a)
	}
	if f := numbered["11"].(map[string]any); f["severity"] != 5.0 || f["src_ip_ref"] != "10" {
		t.Errorf("got %v", f)
	}
}

// Objects with the same identifying properties whose other properties differ are two objects, and equal ones are one.
func TestDifferentObjectsHaveDifferentIDs(t *testing.T) {
	name := func(to stixout.Ref) stixout.Object {
		return stixout.Object{Type: "domain-name", Properties: map[string]any{"value": "a.example.com", "resolves_to_refs": []stixout.Ref{to}}}
	}
	one := stixout.Observation{Key: "1", Objects: []stixout.Object{address("192.0.2.1"), name(0)}}
	two := stixout.Observation{Key: "2", Objects: []stixout.Object{name(1), address("192.0.2.2")}}
	three := one
	three.Key = "3"
	b := made(t, stixout.Options{}, one, two, three)
	names, observed := b.of("domain-name"), b.of("observed-data")
	if len(names) != 2 || names[0]["id"] == names[1]["id"] || len(b.of("ipv4-addr")) != 2 || len(observed) != 3 {
		t.Fatalf("got %v", b.Objects)
	}
	if refs := observed[1]["object_refs"].([]any); !slices.Contains(refs, names[1]["id"]) {
		t.Errorf("%v lack %v", refs, names[1]["id"])
	}
	if observed[0]["id"] == observed[2]["id"] {
		t.Error("two events have one observed-data")
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	circle := []stixout.Object{
		{Type: "x-a", Properties: map[string]any{"b_ref": stixout.Ref(1)}}, {Type: "x-b", Properties: map[string]any{"a_ref": stixout.Ref(0)}},
	}
	for want, objects := range map[string][]stixout.Object{
		"needs an object": nil, "in a circle": circle, "object 7 of 1": {{Type: "x-a", Properties: map[string]any{"b_ref": stixout.Ref(7)}}},
	} {
		w, err := stixout.NewWriter(&bytes.Buffer{}, stixout.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Observe(stixout.Observation{Objects: objects}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %s", err, want)
		}
	}
}

// An object that lacks what STIX demands of its type keeps everything under another type.
func TestIncompleteObjectsAreKept(t *testing.T) {
	port := stixout.Object{Type: "network-traffic", Properties: map[string]any{"src_port": json.Number("22")}}
	b := made(t, stixout.Options{}, stixout.Observation{Objects: []stixout.Object{port}})
	if o := b.of("x-egret-object"); len(o) != 1 || o[0]["object_type"] != "network-traffic" || o[0]["src_port"] != 22.0 {
		t.Errorf("got %v", b.Objects)
	}
}

func TestTheIdentityIsCompleted(t *testing.T) {
	b := made(t, stixout.Options{Version: stix.V20, Identity: map[string]any{"type": "identity",
		"id": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff", "name": "aws_athena", "identity_class": "events"}})
	if o := b.Objects[0]; o["name"] != "aws_athena" || o["created"] == nil || o["modified"] == nil || o["spec_version"] != nil {
		t.Errorf("got %v", o)
	}
}
