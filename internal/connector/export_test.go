package connector

// Unguarded is unguarded for tests.
func Unguarded(condition string, types map[string]string) string {
	return unguarded(condition, types, func(string) {})
}
