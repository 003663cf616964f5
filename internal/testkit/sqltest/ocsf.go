package sqltest

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// This file writes CloudTrail in the form of Security Lake. It is based only on the OCSF project's examples of AWS
// (https://github.com/ocsf/examples, mappings/markdown/AWS, versions v1.1.0 and v1.0.0-rc.2), since it checks the
// layouts of internal/schema, which define the same mapping in the opposite direction.

// OCSFRow returns a CloudTrail record as the row of a Security Lake table: a cell for each of Columns. A layout with
// the column time_dt is of source version 2 (OCSF 1.1.0), any other one of version 1 (OCSF 1.0.0-rc.2). Values without
// a column or member in the layout are left out.
//
// The parameters of a call are whole JSON texts in version 2, in api.request.data and api.response.data. In version 1 each
// leaf is under its path in unmapped, except for those that are in the column user.
func OCSFRow(p *schema.Layout, doc *value.Doc) []any {
	v2 := slices.ContainsFunc(p.Columns, func(c schema.Column) bool { return c.Name == "time_dt" })
	event := ocsfEvent(doc, v2)
	var row []any
	for _, c := range p.Columns {
		row = append(row, ocsfCell(c.Type, event[c.Name]))
	}
	return append(row, partitions(p, doc)...)
}

// object is an OCSF object: strings, int64, bool, time.Time, []any and objects by name.
type object = map[string]any

// ocsfCell converts a value of an event to the type of a column.
func ocsfCell(t schema.Type, v any) any {
	switch v := v.(type) {
	case object:
		if t.Kind == schema.Map {
			var entries Pairs
			for _, key := range slices.Sorted(maps.Keys(v)) {
				entries = append(entries, Pair{key, v[key]})
			}
			return entries
		}
		members := object{}
		for _, m := range t.Members {
			members[m.Name] = ocsfCell(m.Type, v[m.Name])
		}
		return members
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = ocsfCell(element(t), v[i])
		}
		return list
	default:
		return v
	}
}

// record is a CloudTrail record; taken has the values that were mapped.
type record struct {
	doc   *value.Doc
	taken map[value.Node]bool
}

// find returns the value at a path, or value.None if it is missing or null.
func (r *record) find(path string) value.Node {
	n := r.doc.Find(0, strings.Split(path, ".")...)
	if n != value.None && r.doc.Kind(n) == value.Null {
		return value.None
	}
	return n
}

// text returns the text of the value at the first path that has one, or nil, and marks the value as mapped.
func (r *record) text(paths ...string) any {
	for _, path := range paths {
		if n := r.find(path); n != value.None {
			r.taken[n] = true
			return r.doc.String(n)
		}
	}
	return nil
}

// peek returns the text of a value that is mapped elsewhere, or nil.
func (r *record) peek(path string) any {
	if n := r.find(path); n != value.None {
		return r.doc.String(n)
	}
	return nil
}

// drop marks values that are mapped elsewhere.
func (r *record) drop(paths ...string) {
	for _, path := range paths {
		r.taken[r.find(path)] = true
	}
}

// json returns the JSON text of a value, or nil.
func (r *record) json(path string) any {
	n := r.find(path)
	if n == value.None {
		return nil
	}
	r.taken[n] = true
	return string(r.doc.AppendJSON(nil, n))
}

// at returns a point in time, or nil: for version 2 as a time, for version 1 in milliseconds.
func (r *record) at(path string, v2 bool) any {
	n := r.find(path)
	if n == value.None {
		return nil
	}
	at, ok := value.ParseTime(r.doc.Text(n, nil))
	if !ok {
		return nil
	}
	r.taken[n] = true
	if v2 {
		return at.UTC().Truncate(time.Microsecond)
	}
	return at.UTC().UnixMilli()
}

// truth returns true or false for the words of the log, or nil if the value is neither.
func (r *record) truth(path, yes, no string) any {
	n := r.find(path)
	if n == value.None {
		return nil
	}
	switch text := r.doc.String(n); {
	case strings.EqualFold(text, yes):
		r.taken[n] = true
		return true
	case strings.EqualFold(text, no):
		r.taken[n] = true
		return false
	}
	return nil
}

// ocsfEvent returns a record in OCSF, without empty objects.
func ocsfEvent(doc *value.Doc, v2 bool) object {
	r := &record{doc, map[value.Node]bool{}}
	class := classOf(doc.String(r.find("eventSource")), doc.String(r.find("eventName")), v2)
	event := object{
		"class_name": class.name, "class_uid": class.uid, "category_name": class.category, "category_uid": class.categoryUID,
		"activity_name": class.activity, "activity_id": class.activityID,
		"type_name": class.name + ": " + class.activity, "type_uid": class.uid*100 + class.activityID,
		"severity": "Informational", "severity_id": int64(1),
		"time":     r.at("eventTime", false),
		"cloud":    object{"provider": "AWS", "region": r.text("awsRegion")},
		"metadata": r.metadata(v2),
		"actor":    r.actor(v2),
		// A missing error code means success; the response of a sign-in overrides this.
		"status":       "Success",
		"http_request": object{"user_agent": r.text("userAgent")},
		"src_endpoint": object{"uid": r.text("vpcEndpointId")},
	}
	if r.find("errorCode") != value.None {
		event["status"] = "Failure"
	}
	event["api"] = object{
		"operation": r.text("eventName"), "version": r.text("apiVersion"),
		"service": object{"name": r.text("eventSource")}, "request": object{"uid": r.text("requestID")},
		"response": object{"error": r.text("errorCode"), "message": r.text("errorMessage")},
	}
	if r.find("requestID") == value.None {
		event["api"].(object)["request"] = object{"uid": "''"}
	}
	if source, ok := r.text("sourceIPAddress").(string); ok {
		place := "domain"
		if _, err := netip.ParseAddr(source); err == nil {
			place = "ip"
		}
		event["src_endpoint"].(object)[place] = source
	}
	r.ofClass(event, class, v2)
	unmapped := object{}
	if v2 {
		event["time_dt"] = r.at("eventTime", true)
		event["api"].(object)["request"].(object)["data"] = r.json("requestParameters")
		event["api"].(object)["response"].(object)["data"] = r.json("responseElements")
		event["accountid"], event["region"] = r.peek("recipientAccountId"), r.peek("awsRegion")
	}
	r.leftOver(unmapped, 0, "")
	event["unmapped"] = unmapped
	if !v2 {
		event["status_id"] = map[any]int64{"Success": 1, "Failure": 2}[event["status"]]
	}
	prune(event)
	if v2 {
		event["observables"] = observables(event)
	}
	return event
}

func (r *record) metadata(v2 bool) object {
	m := object{
		"uid": r.text("eventID"), "version": "1.0.0-rc.2", "profiles": []any{"cloud"},
		"product": object{"name": "CloudTrail", "vendor_name": "AWS", "version": r.text("eventVersion"), "feature": object{"name": "Management, Data, and Insights"}},
	}
	if category := r.text("eventCategory"); category != nil {
		m["product"].(object)["feature"] = object{"name": category}
	}
	if v2 {
		m["version"], m["profiles"], m["event_code"] = "1.1.0", []any{"cloud", "datetime"}, r.text("eventType")
	}
	return m
}

func (r *record) actor(v2 bool) object {
	const session = "userIdentity.sessionContext."
	idp := r.text(session+"webIdFederationData.federatedProvider", "userIdentity.webIdFederationData.federatedProvider", "userIdentity.identityProvider")
	issuer, mfa := r.text(session+"sessionIssuer.arn"), r.truth(session+"attributes.mfaAuthenticated", "true", "false")
	created := r.at(session+"attributes.creationDate", v2)
	kind, arn, account := r.text("userIdentity.type"), r.text("userIdentity.arn"), r.text("userIdentity.accountId")
	if !v2 {
		return object{
			"invoked_by": r.text("userIdentity.invokedBy"), "idp": object{"name": idp},
			"session": object{"created_time": created, "mfa": mfa, "issuer": issuer},
			"user": object{
				"type": kind, "name": r.text("userIdentity.userName"), "uid": r.text("userIdentity.principalId"), "uuid": arn, "account_uid": account,
				"credential_uid": r.text("userIdentity.accessKeyId"),
			},
		}
	}
	return object{
		"invoked_by": r.text("userIdentity.invokedBy"),
		"idp":        object{"name": idp, "uid": r.text("userIdentity.onBehalfOf.identityStoreArn")},
		"session":    object{"created_time_dt": created, "is_mfa": mfa, "issuer": issuer},
		"user": object{
			"type": kind, "uid": arn, "account": object{"uid": account},
			"name":           r.text("userIdentity.userName", "additionalEventData.UserName"),
			"uid_alt":        r.text("userIdentity.principalId", "userIdentity.onBehalfOf.userId"),
			"credential_uid": r.text("userIdentity.accessKeyId", "userIdentity.credentialId"),
		},
	}
}

// leftOver collects the values that were not mapped: each leaf under its path, in which [] marks a list, with commas
// between the values of one path.
func (r *record) leftOver(into object, n value.Node, path string) {
	if r.taken[n] {
		return
	}
	switch r.doc.Kind(n) {
	case value.Null:
	case value.Object:
		for m := r.doc.First(n); m != value.None; m = r.doc.Next(n, m) {
			name := string(r.doc.Key(m))
			if path != "" {
				name = path + "." + name
			}
			r.leftOver(into, m, name)
		}
	case value.Array:
		for m := r.doc.First(n); m != value.None; m = r.doc.Next(n, m) {
			r.leftOver(into, m, path+"[]")
		}
	default:
		text := r.doc.String(n)
		if before, ok := into[path].(string); ok {
			text = before + "," + text
		}
		into[path] = text
	}
}

// prune removes missing values, and objects that contain nothing else.
func prune(o object) {
	for name, v := range o {
		if inner, ok := v.(object); ok {
			prune(inner)
			if len(inner) == 0 {
				delete(o, name)
			}
		}
		if v == nil {
			delete(o, name)
		}
	}
}
