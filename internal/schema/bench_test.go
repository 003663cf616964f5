package schema

import "testing"

// What every process pays, hunts on files included.
func BenchmarkLoadSchemas(b *testing.B) {
	for b.Loop() {
		if _, err := loadFS(data); err != nil {
			b.Fatal(err)
		}
	}
}
