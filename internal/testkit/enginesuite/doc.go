// Package enginesuite is the test suite for all engines that run SQL: it checks the contract of package engine on a
// real one.
//
// An engine's test creates a Fixture, which loads tables where the engine finds them, and calls Run:
//
//	func TestSuite(t *testing.T) {
//		enginesuite.Run(t, open, enginesuite.Fixture{Load: load, Secrets: []string{password}})
//	}
//
// Run first loads its tables, then opens the engine, and closes it at the end. The statements use only SQL that all
// engines support. No test measures time: if an engine must return quickly, a generous limit distinguishes "never" from
// "soon".
package enginesuite
