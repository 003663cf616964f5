package schema

import "testing"

// BenchmarkLoadSchemas measures what every process pays at its start, including hunts on files.
func BenchmarkLoadSchemas(b *testing.B) {
	for b.Loop() {
		if _, err := loadFS(data); err != nil {
			b.Fatal(err)
		}
	}
}
