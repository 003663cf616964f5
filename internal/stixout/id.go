package stixout

import (
	"encoding/json"

	"github.com/google/uuid"
	"github.com/gowebpki/jcs"
)

// objects is the namespace of ids of cyber-observable objects: STIX 2.1, section 2.9.
var objects = uuid.MustParse("00abedb4-aa42-466c-9c01-fed23315a9b7")

// others is the namespace of all other ids that are hashes.
var others = uuid.NewSHA1(objects, []byte("egret"))

// canonical returns the canonical JSON of a value: RFC 8785, which STIX 2.1 demands for ids.
func canonical(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return jcs.Transform(text)
}

// objectID returns the id of a cyber-observable object with these id-contributing properties.
func objectID(kind string, contributing map[string]any) (string, error) {
	text, err := canonical(contributing)
	if err != nil {
		return "", err
	}
	return kind + "--" + uuid.NewSHA1(objects, text).String(), nil
}

// formV4 returns an id whose UUID has the form of version 4, which STIX demands for objects that are not observables. Its bits are
// those of a hash, so that equal content has an equal id.
func formV4(prefix, content string) string {
	id := uuid.NewSHA1(others, []byte(prefix+content))
	id[6] = id[6]&0x0f | 0x40
	return prefix + id.String()
}

// hashOrder is the order in which the hashes of a file count for its id: the first one that it has.
var hashOrder = []string{"MD5", "SHA-1", "SHA-256", "SHA-512"}

// contributes returns the id-contributing properties that an object has, with refs replaced by ids; nil for none.
func contributes(kind string, properties map[string]any) map[string]any {
	found := map[string]any{}
	std, ok := standard[kind]
	if !ok { // of custom objects every property contributes
		for name, v := range properties {
			if name != "type" && name != "id" && name != "spec_version" {
				found[name] = v
			}
		}
		return found
	}
	for _, name := range std.contributing {
		v, ok := properties[name]
		if !ok {
			continue
		}
		if name == "hashes" {
			v = oneHash(v)
		}
		found[name] = v
	}
	return found
}

func oneHash(v any) any {
	all, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for _, name := range hashOrder {
		if h, ok := all[name]; ok {
			return map[string]any{name: h}
		}
	}
	return all
}
