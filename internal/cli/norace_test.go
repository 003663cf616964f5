//go:build !race

package cli_test

// underRace means that the race detector is on, which slows each start of egret.
const underRace = false
