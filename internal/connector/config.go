package connector

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/redact"
	"github.com/egret-hunt/egret/internal/stixmap"
)

// An optionKey is an option of translations and connections.
type optionKey struct {
	name, kind string
	// lowest and highest limit numbers; both 0 for no limit.
	lowest, highest, preset int64
	// before is the name under connection that the option once had, "" for none.
	before string
}

// optionKeys are the options.
var optionKeys = []optionKey{
	{"unmapped_fallback", "boolean", 0, 0, 0, ""},
	{"async_call", "text", 0, 0, 0, ""},
	{"result_limit", "number", 1, 10_000_000, 10_000, "resultSizeLimit"},
	{"batch_size", "number", 1, 10_000, 2000, ""},
	{"time_range", "number", 1, 10_000, 5, "timerange"},
	{"timeout", "number", 1, 3600, 30, "timeoutLimit"},
	{"dialects", "array", 0, 0, 0, ""},
	{"language", "string", 0, 0, 0, ""},
	{"validate_pattern", "boolean", 0, 0, 0, "validate_pattern"},
	{"stix_validator", "boolean", 0, 0, 0, "stix_validator"},
	{"mapping", "json", 0, 0, 0, "mapping"},
	{"stix_2.1", "boolean", 0, 0, 0, ""},
}

// Options are the options of a call.
type Options struct {
	ResultLimit int
	// TimeRange is how far back a pattern without START and STOP looks.
	TimeRange time.Duration
	// Timeout limits a call.
	Timeout time.Duration
	// Dialects are services, nil for all.
	Dialects         []string
	Language         string
	ValidatePattern  bool
	UnmappedFallback bool
	STIX21           bool
	// Mapping replaces maps, by their names, such as vpcflow_to_stix_map; nil for none.
	Mapping *pyprint.Dict
	// Mappings are the STIX objects of log sources; nil means stixmap.All. Callers set it: it is no option of a call.
	Mappings []*stixmap.Mapping
}

// mappingOf returns the mapping of a service. One of the user counts if it describes the log source of the service.
func mappingOf(service string, mappings []*stixmap.Mapping) *stixmap.Mapping {
	describes := func(m *stixmap.Mapping) bool {
		if service == "ocsf" {
			return m.Rows
		}
		return !m.Rows && slices.Contains(m.Schemas, service)
	}
	for _, list := range [][]*stixmap.Mapping{mappings, stixmap.All()} {
		var found *stixmap.Mapping
		for _, m := range list {
			if describes(m) && (found == nil || m.Name == service) {
				found = m
			}
		}
		if found != nil {
			return found
		}
	}
	panic("egret bug: no mapping of " + service)
}

// ParseOptions reads the options of translate, "" for none. Errors are a *Error.
func ParseOptions(text string) (Options, error) {
	d := &pyprint.Dict{}
	if strings.TrimSpace(text) != "" {
		v, err := decode(text)
		if err != nil {
			return Options{}, faultf(codeTranslation, "STIX translation error: options are no JSON: %v", err)
		}
		var ok bool
		if d, ok = v.(*pyprint.Dict); !ok {
			return Options{}, faultf(codeTranslation, "STIX translation error: options are no object")
		}
	}
	o, rest, err := options(d)
	if err == nil && rest.Len() > 0 {
		err = unexpected(rest)
	}
	if err != nil {
		return Options{}, faultf(codeTranslation, "STIX translation error: %v", err)
	}
	return o, nil
}

// unexpected is the error for keys that are none.
func unexpected(rest *pyprint.Dict) error {
	text, err := pyprint.Repr(pyprint.NewDict("unexpected_params", rest), 1<<16)
	if err != nil {
		return err
	}
	return fmt.Errorf("%s", text)
}

// options reads options and returns the keys that are none.
func options(d *pyprint.Dict) (Options, *pyprint.Dict, error) {
	o := Options{Language: "stix"}
	rest := &pyprint.Dict{}
	numbers := map[string]int64{}
	for _, k := range optionKeys {
		numbers[k.name] = k.preset
	}
	for _, e := range d.Entries() {
		name, _ := e.Key.(string)
		k, ok := keyOf(name)
		if !ok {
			rest.Set(name, e.Value)
			continue
		}
		if e.Value == nil {
			continue
		}
		if k.kind == "number" {
			n, ok := e.Value.(int64)
			switch {
			case !ok:
				return o, nil, fmt.Errorf("%s %q type must be a number", name, text(e.Value))
			case n < k.lowest && n != 0: // 0 is not checked, as by the other connector
				return o, nil, fmt.Errorf(`"%s: %d" value must be more than %d`, name, n, k.lowest)
			case n > k.highest:
				return o, nil, fmt.Errorf(`"%s: %d" value must be less than %d`, name, n, k.highest)
			}
			if n != 0 || name == "time_range" {
				numbers[name] = n // 0 is no limit that a call could work with
			}
			continue
		}
		switch name {
		case "unmapped_fallback":
			o.UnmappedFallback = isTrue(e.Value)
		case "validate_pattern":
			o.ValidatePattern = isTrue(e.Value)
		case "stix_2.1":
			o.STIX21 = isTrue(e.Value)
		case "language":
			if isTrue(e.Value) {
				o.Language = text(e.Value)
			}
		}
		switch v := e.Value.(type) {
		case *pyprint.List:
			if name == "dialects" {
				for _, item := range v.Items {
					o.Dialects = append(o.Dialects, text(item))
				}
			}
		case *pyprint.Dict:
			if name == "mapping" {
				o.Mapping = v
			}
		}
	}
	o.ResultLimit = int(numbers["result_limit"])
	o.TimeRange = time.Duration(numbers["time_range"]) * time.Minute
	o.Timeout = time.Duration(numbers["timeout"]) * time.Second
	return o, rest, nil
}

// isTrue reports whether Python takes a value as true.
func isTrue(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v != ""
	case int64:
		return v != 0
	case float64:
		return v != 0
	case *pyprint.List:
		return len(v.Items) > 0
	case *pyprint.Dict:
		return v.Len() > 0
	}
	return v != nil
}

func keyOf(name string) (optionKey, bool) {
	for _, k := range optionKeys {
		if k.name == name {
			return k, true
		}
	}
	return optionKey{}, false
}

// text returns a value as Python's str.
func text(v any) string {
	s, err := pyprint.Str(v, 1<<16)
	if err != nil {
		return "?"
	}
	return s
}

// connectionKeys are the keys of a connection besides options; the first two are needed.
var connectionKeys = []string{
	"region", "s3_bucket_location", "vpcflow_database_name", "vpcflow_table_name", "ocsf_database_name", "ocsf_table_name",
	"guardduty_database_name", "guardduty_table_name",
}

// A Connection says where tables are, and who asks.
type Connection struct {
	Region  string
	Options Options
	// AccessKey and SecretKey are "" for the credentials of the environment. Role is the ARN of a role to assume, "" for none.
	AccessKey, SecretKey, Role, ExternalID string
	output                                 string
	tables                                 map[string]string
}

// ParseConnection reads the connection and the configuration. Text that is no JSON is a *SyntaxError; everything else that is wrong a
// *Error. From then on no message contains the secrets.
func ParseConnection(connection, configuration string) (*Connection, error) {
	c, err := object("connection", connection)
	if err != nil {
		return nil, err
	}
	secret, err := object("configuration", configuration)
	if err != nil {
		return nil, err
	}
	out := &Connection{tables: map[string]string{}}
	out.secrets(secret)
	options_ := &pyprint.Dict{}
	rest := &pyprint.Dict{}
	for _, e := range c.Entries() {
		name, _ := e.Key.(string)
		if name == "options" {
			if d, ok := e.Value.(*pyprint.Dict); ok {
				options_ = d
			}
			continue
		}
		if name == "type" || name == "help" || name == "host" || name == "port" {
			continue
		}
		value := strings.TrimSpace(text(e.Value))
		switch {
		case name == "region":
			out.Region = value
		case name == "s3_bucket_location":
			out.output = bucketAddress(value)
		case known(name):
			out.tables[name] = value
		case before(name) != "":
			options_.Set(before(name), e.Value)
		default:
			rest.Set(name, e.Value)
		}
	}
	unknown := &pyprint.Dict{}
	var more *pyprint.Dict
	if out.Options, more, err = options(options_); err != nil {
		return nil, faultf(codeUnknown, "%v", err)
	}
	if more.Len() > 0 {
		rest.Set("options", more)
	}
	missing := pyprint.NewList()
	for _, name := range connectionKeys[:2] {
		if _, ok := c.Get(name); !ok {
			missing.Items = append(missing.Items, "connection."+name)
		}
	}
	if len(missing.Items) > 0 {
		unknown.Set("missing_params", missing)
	}
	if rest.Len() > 0 {
		unknown.Set("unexpected_params", pyprint.NewDict("connection", rest))
	}
	if unknown.Len() > 0 {
		text, err := pyprint.Repr(unknown, 1<<16)
		if err != nil {
			return nil, err
		}
		return nil, faultf(codeUnknown, "%s", text)
	}
	return out, nil
}

// secrets reads who asks.
func (c *Connection) secrets(configuration *pyprint.Dict) {
	v, _ := configuration.Get("auth")
	auth, ok := v.(*pyprint.Dict)
	if !ok {
		return
	}
	get := func(name string) string {
		v, _ := auth.Get(name)
		s, _ := v.(string)
		return s
	}
	c.AccessKey, c.SecretKey = get("aws_access_key_id"), get("aws_secret_access_key")
	c.Role, c.ExternalID = get("aws_iam_role"), get("aws_assume_role_external_id")
	// The beginning of a role's ARN is that of many, so it is not remembered; Answer.Without removes it.
	redact.Remember(c.AccessKey, c.SecretKey, c.ExternalID)
}

// A SyntaxError says that an argument is no JSON object.
type SyntaxError struct{ Argument, Reason string }

// Error names the argument.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s is not a JSON object: %s", e.Argument, e.Reason)
}

// object reads an argument that is a JSON object.
func object(name, text string) (*pyprint.Dict, error) {
	v, err := decode(text)
	if err != nil {
		return nil, &SyntaxError{name, err.Error()}
	}
	d, ok := v.(*pyprint.Dict)
	if !ok {
		return nil, &SyntaxError{name, "it is another value"}
	}
	return d, nil
}

func known(name string) bool {
	for _, k := range connectionKeys {
		if k == name {
			return true
		}
	}
	return false
}

// before returns the option that once had a name in the connection, "" for none.
func before(name string) string {
	for _, k := range optionKeys {
		if k.before == name {
			return k.name
		}
	}
	return ""
}

// bucketAddress returns the address of a bucket, which is written in several ways.
func bucketAddress(text string) string {
	switch {
	case strings.HasPrefix(text, "s3://"):
		return text
	case strings.HasPrefix(text, "s3"):
		return "s3://" + strings.TrimLeft(strings.TrimPrefix(text, "s3"), ":/ -_.")
	}
	return "s3://" + text
}

// table returns database and table of a service. Both are "" if the connection has neither.
func (c *Connection) table(service string) (database, table string, err error) {
	names := []string{service + "_database_name", service + "_table_name"}
	found := []string{}
	for _, name := range names {
		if v, ok := c.tables[name]; ok {
			found = append(found, v)
		}
	}
	switch len(found) {
	case 0:
		return "", "", nil
	case 2:
		return found[0], found[1], nil
	}
	for _, name := range names {
		if _, ok := c.tables[name]; !ok {
			return "", "", faultf(codeParameter, "%s is required for %s query operation", name, service)
		}
	}
	panic("egret bug: a name is missing and none is")
}

// length reads the length of a page as Python's int does.
func length(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0, faultf(codeUnknown, "invalid literal for int() with base 10: %s", pyprint.QuoteString(text))
	}
	return n, nil
}
