//go:build !(linux || darwin)

package cli_test

// runPager has no terminal to take over here.
func runPager() {}
