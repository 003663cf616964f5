package connector

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/internal/stixout"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/stix"
)

// An Observer turns rows into observations.
type Observer struct {
	options  Options
	dialects []string
	now      func() time.Time
	builders map[string]*builder
}

// builder makes the observations of a service.
type builder struct {
	*stixmap.Builder

	// names restores the letter case of the log's names, nil for none. own says that the mapping is the user's.
	names map[string]string
	own   bool
	// read are the columns that the mapping reads.
	read map[string]bool
}

// NewObserver prepares the translation of rows. Without dialects each row says by its columns which service it is of. Rows that have no
// time get that of now.
func NewObserver(o Options, dialects []string, now func() time.Time) (*Observer, error) {
	dialects = append(slices.Clone(dialects), o.Dialects...)
	for _, d := range dialects {
		if !slices.Contains(Services, d) {
			return nil, faultf(codeParameter, "unknown dialect : %s", d)
		}
	}
	return &Observer{options: o, dialects: dialects, now: now, builders: map[string]*builder{}}, nil
}

// Identity reads the identity of a data source. Text that is no JSON object is a *SyntaxError.
func Identity(text string) (map[string]any, error) {
	d, err := object("the identity", text)
	if err != nil {
		return nil, err
	}
	identity, _ := plain(d).(map[string]any)
	return identity, nil
}

// Rows reads the data of translate results: a list of rows, or one. Text that is no JSON is a *SyntaxError.
func Rows(text string) ([]any, error) {
	v, err := decode(text)
	if err != nil {
		return nil, &SyntaxError{"the data", err.Error()}
	}
	if list, ok := v.(*pyprint.List); ok {
		return list.Items, nil
	}
	return []any{v}, nil
}

// Bundle returns the bundle of rows, as Rows reads them.
func (b *Observer) Bundle(identity map[string]any, rows []any) Answer {
	if id, ok := identity["id"].(string); !ok || id == "" {
		return Answer{pyprint.NewDict("success", false, "code", "results_translation_error",
			"error", "result translation error : Error when converting results to STIX: 'id'")}
	}
	var out bytes.Buffer
	version := stix.V20
	if b.options.STIX21 {
		version = stix.V21
	}
	w, err := stixout.NewWriter(&out, stixout.Options{Version: version, Identity: identity})
	if err != nil {
		return Refuse(faultf(codeTranslation, "STIX translation error: %v", err))
	}
	for i, row := range rows {
		d, ok := row.(*pyprint.Dict)
		if !ok {
			return Refuse(faultf(codeTranslation, "STIX translation error: row %d is no object", i+1))
		}
		o, err := b.observe(d)
		if err == nil {
			o.ID = strconv.Itoa(i)
			_, err = w.Observe(stixout.From(o))
		}
		if err != nil {
			return Refuse(faultf(codeTranslation, "STIX translation error: row %d: %v", i+1, err))
		}
	}
	if err := w.Close(); err != nil {
		return Refuse(faultf(codeTranslation, "STIX translation error: %v", err))
	}
	v, err := decode(out.String())
	if err != nil {
		panic("egret bug: a bundle is no JSON: " + err.Error())
	}
	return Answer{v}
}

// observe returns the observation of a row.
func (b *Observer) observe(row *pyprint.Dict) (*stixmatch.Observation, error) {
	service := ""
	// A row may stand inside the name of its service.
	if entries := row.Entries(); len(entries) == 1 {
		name, _ := entries[0].Key.(string)
		if inner, ok := entries[0].Value.(*pyprint.Dict); ok && slices.Contains(Services, name) {
			service, row = name, inner
		}
	}
	if service == "" {
		service = b.service(row)
	}
	made, err := b.builder(service)
	if err != nil {
		return nil, err
	}
	var event any
	switch {
	case made.own:
		event = plain(row)
	case service == "vpcflow":
		event = flowEvent(row)
	case service == "guardduty":
		event = nested(row, made.names)
	default:
		event = map[string]any{"row": plain(row)}
	}
	text, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	doc, err := new(value.Parser).Parse(text)
	if err != nil {
		return nil, err
	}
	o, timed := made.Build(doc)
	if !timed {
		o.First = b.now().UTC().Truncate(time.Millisecond)
		o.Last = o.First
	}
	if !b.options.STIX21 && !made.own {
		// Users of 2.0 do not know this property, and it says the same of every flow.
		for _, object := range o.Objects { // each on its own
			delete(object, "is_active")
		}
	}
	b.fallback(o, service, row, made)
	return o, nil
}

// service returns the service of a row.
func (b *Observer) service(row *pyprint.Dict) string {
	if len(b.dialects) == 1 {
		return b.dialects[0]
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { _, ok := row.Get(name); return ok })
	}
	switch {
	case has("class_uid", "class_name", "metadata", "time_dt", "type_uid"):
		return "ocsf"
	case has("title", "finding_id", "schemaversion", "service", "resource"), slices.ContainsFunc(row.Entries(), func(e pyprint.Entry) bool {
		name, _ := e.Key.(string)
		return flatNames[name] && name != "region" && name != "accountid" && name != "severity" && name != "type"
	}):
		return "guardduty"
	case has("srcaddr", "dstaddr", "sourceaddress", "destinationaddress", "interface_id", "interfaceid", "logstatus", "log_status", "action", "account"):
		return "vpcflow"
	}
	for _, service := range Services {
		if len(b.dialects) == 0 || slices.Contains(b.dialects, service) {
			return service
		}
	}
	return "vpcflow"
}

func (b *Observer) builder(service string) (*builder, error) {
	if made := b.builders[service]; made != nil {
		return made, nil
	}
	made := &builder{}
	var mapping *stixmap.Mapping
	if own, ok := ownMap(b.options.Mapping, service+"_to_stix_map"); ok {
		var err error
		if mapping, err = fromMap(own, service); err != nil {
			return nil, err
		}
		made.own = true
	} else {
		mapping = mappingOf(service, b.options.Mappings)
	}
	made.Builder = stixmap.NewBuilder(mapping, schema.ByName(mapping.Schemas[0]))
	made.names, made.read = map[string]string{}, map[string]bool{}
	for _, path := range pathsOf(mapping) {
		for _, key := range strings.Split(strings.TrimPrefix(path, "."), ".") {
			made.names[strings.ToLower(key)] = key
		}
		if rest, ok := strings.CutPrefix(path, "row."); ok {
			column, _, _ := strings.Cut(rest, ".")
			made.read[column] = true
		}
	}
	b.builders[service] = made
	return made, nil
}

// flowColumns are names of columns of flow logs in tables of several guides, with those of the log. In all others underscores are
// hyphens.
var flowColumns = map[string]string{
	"account": "account-id", "accountid": "account-id", "interfaceid": "interface-id", "sourceaddress": "srcaddr", "destinationaddress": "dstaddr",
	"sourceport": "srcport", "destinationport": "dstport", "numpackets": "packets", "numbytes": "bytes", "starttime": "start", "start_time": "start",
	"endtime": "end", "end_time": "end", "logstatus": "log-status",
}

// numbers are the numbers of protocols by their names.
var numbers = func() map[string]int64 {
	out := map[string]int64{}
	for n, name := range protocols {
		out[name] = n
	}
	return out
}()

// flowEvent returns a row as the record of a flow log.
func flowEvent(row *pyprint.Dict) map[string]any {
	event := map[string]any{}
	for _, e := range row.Entries() {
		name, _ := e.Key.(string)
		v := plain(e.Value)
		to, ok := flowColumns[name]
		if !ok {
			to = strings.ReplaceAll(name, "_", "-")
		}
		s, isText := v.(string)
		switch {
		case isText && to == "action":
			v = strings.ToUpper(strings.TrimPrefix(s, "network-traffic-"))
		case isText && to == "protocol":
			if n, ok := numbers[strings.ToLower(s)]; ok {
				v = json.Number(strconv.FormatInt(n, 10))
			}
		}
		event[to] = v
	}
	return event
}

// nested returns a row of findings as the finding: flat names are divided, and names get their letter case back.
func nested(row *pyprint.Dict, names map[string]string) any {
	event := map[string]any{}
	for _, e := range row.Entries() {
		name, _ := e.Key.(string)
		if name == "finding_id" {
			name = "id"
		}
		name = strings.TrimPrefix(strings.TrimPrefix(name, "portprobe_"), "dnsrequest_")
		path := []string{name}
		if strings.HasPrefix(name, "resource_") || strings.HasPrefix(name, "service_") {
			path = strings.Split(name, "_")
		}
		merge(event, path, plain(e.Value))
	}
	return spelled(event, names)
}

// merge sets a value inside objects. Objects in the same place become one.
func merge(out map[string]any, path []string, v any) {
	for _, key := range path[:len(path)-1] {
		inner, ok := out[key].(map[string]any)
		if !ok {
			inner = map[string]any{}
			out[key] = inner
		}
		out = inner
	}
	last := path[len(path)-1]
	from, both := v.(map[string]any)
	to, there := out[last].(map[string]any)
	if !both || !there {
		if !there || v != nil && !both {
			out[last] = v
		}
		return
	}
	// Iteration order does not matter: each key has its own place.
	for key, e := range from {
		merge(to, []string{key}, e)
	}
}

// spelled restores the letter case of names, and lists from objects with numbers.
func spelled(v any, names map[string]string) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = spelled(v[i], names)
		}
	case map[string]any:
		keys := slices.SortedFunc(maps.Keys(v), func(a, b string) int {
			if len(a) != len(b) {
				return len(a) - len(b)
			}
			return strings.Compare(a, b)
		})
		digits := len(keys) > 0 && !slices.ContainsFunc(keys, func(key string) bool { return strings.Trim(key, "0123456789") != "" })
		if digits {
			list := []any{}
			for _, key := range keys {
				list = append(list, spelled(v[key], names))
			}
			return list
		}
		out := map[string]any{}
		for _, key := range keys {
			name, ok := names[strings.ToLower(key)]
			if !ok {
				name = key
			}
			out[name] = spelled(v[key], names)
		}
		return out
	}
	return v
}

// mappedColumns are columns of flow logs that no x-aws-athena repeats.
var mappedColumns = strings.Fields("account account_id interface_id srcaddr dstaddr srcport dstport protocol starttime endtime start end action name")

// fallback adds what no object has, if that is wanted or nothing else is there.
func (b *Observer) fallback(o *stixmatch.Observation, service string, row *pyprint.Dict, made *builder) {
	if !b.options.UnmappedFallback && len(o.Objects) > 0 {
		return
	}
	rest := map[string]any{}
	for _, e := range row.Entries() {
		name, _ := e.Key.(string)
		is := false
		switch {
		case made.own:
		case service == "vpcflow":
			is = slices.Contains(mappedColumns, name)
		case service == "guardduty":
			is = flatNames[name] && !strings.HasSuffix(name, "_networkinterfaceid") && !strings.HasSuffix(name, "name") || name == "title"
		default:
			is = made.read[name]
		}
		if !is && !empty(e.Value) {
			rest[name] = plain(e.Value)
		}
	}
	if len(rest) == 0 && len(o.Objects) > 0 {
		return
	}
	if len(rest) == 0 {
		rest["empty"] = true
	}
	rest["type"] = "x-aws-athena"
	o.Objects[strconv.Itoa(nextKey(o))] = rest
}

// nextKey returns a number that no object has.
func nextKey(o *stixmatch.Observation) int {
	next := 0
	for key := range o.Objects { // the maximum does not depend on the order
		if n, err := strconv.Atoi(key); err == nil {
			next = max(next, n+1)
		}
	}
	return next
}

// pathsOf returns the paths of fields that a mapping reads.
func pathsOf(m *stixmap.Mapping) []string {
	var out []string
	var values func(list []*stixmap.Value)
	properties := func(list []*stixmap.Property) {
		for _, p := range list {
			values(p.Values)
		}
	}
	conditions := func(lists ...[]stixmap.Condition) {
		for _, c := range slices.Concat(lists...) {
			out = append(out, c.Path)
		}
	}
	values = func(list []*stixmap.Value) {
		for _, v := range list {
			out = append(out, v.From, v.Each, v.Key)
			conditions(v.If, v.Unless)
			values(v.Join)
			properties(v.Object)
		}
	}
	values(slices.Concat(m.First, m.Last, m.Number))
	for _, o := range m.Objects {
		out = append(out, o.Each, o.Differs)
		conditions(o.If, o.Unless)
		properties(o.Properties)
	}
	return slices.DeleteFunc(out, func(path string) bool { return path == "" })
}

// ownMap returns a map of the options.
func ownMap(mapping *pyprint.Dict, name string) (*pyprint.Dict, bool) {
	if mapping == nil {
		return nil, false
	}
	v, _ := mapping.Get(name)
	d, ok := v.(*pyprint.Dict)
	return d, ok
}
