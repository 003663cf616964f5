package stixout

import (
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/stix"
)

// converted returns objects as a version writes them. The objects of the observation keep their indexes; others follow.
func converted(in []Object, version stix.Version) []Object {
	out := make([]Object, 0, len(in))
	for _, o := range in {
		o = Object{Type: o.Type, Properties: maps.Clone(o.Properties)}
		complete(&o, in, version)
		out = append(out, o)
	}
	if version == stix.V20 {
		for i := range out {
			plainHeaders(&out[i])
		}
		return out
	}
	for i := range in {
		if std, ok := standard[out[i].Type]; ok {
			out = append(out, companions(&out[i], Ref(i), std)...)
		}
	}
	for i := range out {
		extend(&out[i])
	}
	return out
}

// incomplete is the type of objects that lack what STIX demands of their type, which is then a property.
const incomplete = "x-egret-object"

// complete adds what an object of a standard type needs and its log does not say. An object that lacks something else is written
// with a custom type, so that nothing is lost.
func complete(o *Object, all []Object, version stix.Version) {
	std, ok := standard[o.Type]
	if !ok {
		return
	}
	for _, name := range timestamps {
		if text, ok := o.Properties[name].(string); ok {
			o.Properties[name] = toMicroseconds(text)
		}
	}
	if o.Type == "network-traffic" {
		if protocols, ok := o.Properties["protocols"].([]any); !ok || len(protocols) == 0 {
			delete(o.Properties, "protocols")
			if ip := familyOf(o, all); ip != "" {
				o.Properties["protocols"] = []any{ip}
			}
		}
		// The stix2 library refuses a connection with an end that may be active.
		if _, ended := o.Properties["end"]; ended && version == stix.V21 && o.Properties["is_active"] == nil {
			o.Properties["is_active"] = false
		}
	}
	if o.Type == "user-account" && version == stix.V20 && o.Properties["user_id"] == nil {
		// 2.0 demands a user_id.
		for _, name := range []string{"account_login", "display_name"} {
			if v, ok := o.Properties[name]; ok {
				o.Properties["user_id"] = v
				break
			}
		}
	}
	needs := std
	if version == stix.V20 {
		switch o.Type {
		case "user-account":
			needs.required = [][]string{{"user_id"}}
		case "windows-registry-key":
			needs.required = [][]string{{"key"}}
		}
	}
	if needs.missing(o.Properties) != "" {
		// The name of the type may not be part of that of a custom type, says the validator's schema of 2.0.
		o.Properties["object_type"], o.Type = o.Type, incomplete
	}
}

// timestamps are the properties of standard types that are times.
var timestamps = words("start end ctime mtime atime date created_time account_created account_expires credential_last_changed " +
	"account_first_login account_last_login modified_time validity_not_before validity_not_after")

// toMicroseconds cuts off what is less than a microsecond of a timestamp, as timeText does. Other texts stay.
func toMicroseconds(text string) string {
	at := strings.LastIndexByte(text, '.')
	if at < 0 || len(text) <= at+8 || text[len(text)-1] != 'Z' || strings.Trim(text[at+1:len(text)-1], "0123456789") != "" {
		return text
	}
	return text[:at+7] + "Z"
}

// plainHeaders joins the values of each HTTP header, which 2.0 wants as one text and 2.1 as a list.
func plainHeaders(o *Object) {
	extensions, _ := o.Properties["extensions"].(map[string]any)
	request, _ := extensions["http-request-ext"].(map[string]any)
	header, ok := request["request_header"].(map[string]any)
	if !ok {
		return
	}
	header, request, extensions = maps.Clone(header), maps.Clone(request), maps.Clone(extensions)
	// Iteration order does not matter: each header is set on its own.
	for name, v := range header {
		if list, ok := v.([]any); ok {
			texts := make([]string, len(list))
			for i, e := range list {
				texts[i], _ = e.(string)
			}
			header[name] = strings.Join(texts, ", ")
		}
	}
	request["request_header"], extensions["http-request-ext"], o.Properties["extensions"] = header, request, extensions
}

// familyOf returns the protocol of the addresses of a connection, "" if it has none.
func familyOf(o *Object, all []Object) string {
	for _, name := range []string{"src_ref", "dst_ref"} {
		r, ok := o.Properties[name].(Ref)
		if !ok || int(r) >= len(all) || r < 0 {
			continue
		}
		if family, ok := strings.CutSuffix(all[r].Type, "-addr"); ok && strings.HasPrefix(family, "ipv") {
			return family
		}
		return "ip"
	}
	return ""
}

// A companion is an object beside a standard one that has some of its custom properties, under other names.
type companion struct {
	kind, ref string
	names     map[string]string
}

// companionTypes are those of addresses.
var companionTypes = []companion{
	{"x-aws-network-interface", "address_ref", map[string]string{"x_aws_interface_id": "interface_id", "x_aws_ip_type": "ip_type"}},
	{"x-aws-remote-address", "address_ref", map[string]string{"x_aws_remote_city_name": "city_name", "x_aws_remote_country_name": "country_name"}},
}

// rest is the companion for all other custom properties.
const rest = "x-egret-properties"

// companions moves the custom properties of a standard object, which do not contribute to its id, to objects beside it. Otherwise two
// objects with the same id would differ.
func companions(o *Object, at Ref, std standardType) []Object {
	var out []Object
	for _, c := range companionTypes {
		moved := map[string]any{}
		for from, to := range c.names {
			if v, ok := o.Properties[from]; ok {
				moved[to] = v
				delete(o.Properties, from)
			}
		}
		if len(moved) > 0 {
			moved[c.ref] = at
			out = append(out, Object{c.kind, moved})
		}
	}
	moved := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(o.Properties)) {
		if !slices.Contains(std.properties, name) && name != "extensions" {
			moved[name] = o.Properties[name]
			delete(o.Properties, name)
		}
	}
	if extensions, ok := o.Properties["extensions"].(map[string]any); ok {
		kept, other := map[string]any{}, map[string]any{}
		for key, v := range extensions {
			if strings.HasSuffix(key, "-ext") && slices.Contains(std.properties, "extensions") {
				kept[key] = declared(key, v)
			} else {
				other[strings.ReplaceAll(key, "-", "_")] = v
			}
		}
		delete(o.Properties, "extensions")
		if len(kept) > 0 {
			o.Properties["extensions"] = kept
		}
		maps.Copy(moved, other)
	}
	if len(moved) > 0 {
		moved["object_ref"] = at
		out = append(out, Object{rest, moved})
	}
	return out
}

// predefined are the extensions that STIX itself defines.
var predefined = strings.Fields("archive-ext ntfs-ext pdf-ext raster-image-ext windows-pebinary-ext http-request-ext icmp-ext socket-ext tcp-ext " +
	"windows-process-ext windows-service-ext unix-account-ext")

// declared returns the extension of a standard object with its type, which STIX 2.1 demands of extensions that it does not define. It
// keeps its key, since patterns name it.
func declared(key string, v any) any {
	extension, ok := v.(map[string]any)
	if !ok || slices.Contains(predefined, key) {
		return v
	}
	extension = maps.Clone(extension)
	extension["extension_type"] = "property-extension"
	return extension
}

// reserved are names that stix2-validator refuses as properties of custom objects: they belonged to the specification once, or, as
// with created, make it take the object for a domain object.
var reserved = []string{"severity", "action", "username", "phone_numbers", "created"}

// extend gives a custom object of STIX 2.1 the extension that says so. What may not stand in the object itself stands in there.
func extend(o *Object) {
	if _, ok := standard[o.Type]; ok {
		return
	}
	inside := map[string]any{"extension_type": "new-sco"}
	for _, name := range reserved {
		if v, ok := o.Properties[name]; ok {
			inside[name] = v
			delete(o.Properties, name)
		}
	}
	extensions := map[string]any{}
	if given, ok := o.Properties["extensions"].(map[string]any); ok {
		for key, v := range given {
			if strings.HasSuffix(key, "-ext") {
				extensions[key] = v
			} else {
				inside[strings.ReplaceAll(key, "-", "_")] = v
			}
		}
	}
	extensions[definitionID(o.Type)] = inside
	o.Properties["extensions"] = extensions
}

// definitionID is the id of the definition of a custom type.
func definitionID(kind string) string { return formV4("extension-definition--", kind) }
