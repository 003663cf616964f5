package stixmap_test

import (
	"testing"

	"github.com/egret-hunt/egret/internal/stixmap"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte("name: own\nschemas: [vpn]\nfirst: at\nobjects:\n  - {name: a, type: user-account, properties: {user_id: user, x_ref: {ref: a}}}\n"))
	f.Add([]byte("name: own\nschemas: [vpn]\nfirst: {from: at, as: time, map: {a: b}, if: {x: ['*']}}\nmore:\n  - {type: a, many: x, properties: {'b[*]': [{const: 1}, {join: [a, b]}]}}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := stixmap.Parse("a.yaml", text)
		if err == nil && (m.Name == "" || len(m.Schemas) == 0) {
			t.Errorf("%+v", m)
		}
	})
}
