// Package enginesuite is what every engine that runs SQL must pass: the promises of package engine, asked of a real one.
//
// An engine's test makes a Fixture, which puts tables where the engine finds them, and calls Run:
//
//	func TestSuite(t *testing.T) {
//		enginesuite.Run(t, open, enginesuite.Fixture{Load: load, Secrets: []string{password}})
//	}
//
// Run first loads its tables, then opens the engine, and closes it at the end. The statements are of the few words that
// all engines share. No test measures time: where an engine must come back soon, a generous limit tells "never" from
// "soon".
package enginesuite
