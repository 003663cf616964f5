// Package memlimit tunes the garbage collector for part of a run. The environment takes precedence: if GOGC or
// GOMEMLIMIT is set, nothing changes. The settings apply to the whole process, so only the main program may call this
// package.
package memlimit

import (
	"os"
	"runtime/debug"
)

// LakeGC is the heap growth between collections during a lake hunt, in percent of the live heap. Such a hunt waits
// for its engine and shares the machine with other processes.
const LakeGC = 25

// LakeMemory is the soft memory limit of a lake hunt, in bytes. A hunt that needs more gets it, at the price of more
// collections. Go's runtime spends at most half of the CPU time on these.
const LakeMemory = 56 << 20

// FilesGC is the heap growth between collections during a file hunt, in percent of the live heap. The live heap is
// small for most of such a hunt, so collecting at the default of 100 would spend CPU time to save memory that
// FilesMemory limits anyway.
const FilesGC = 200

// FilesMemory is the soft memory limit of a file hunt, in bytes. It keeps the process below 200 MB for most logs, and
// below 250 MB for any number of findings.
const FilesMemory = 136 << 20

// Indicator is how much FilesMemory grows for an indicator of STIX, in bytes, so that what is left for the hunt stays the same.
// MostIndicators is for how many it grows.
const (
	Indicator      = 4 << 10
	MostIndicators = 12_000
)

// Limit sets a soft memory limit until the returned function is called.
func Limit(bytes int64) func() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	before := debug.SetMemoryLimit(bytes)
	return func() { debug.SetMemoryLimit(before) }
}

// CollectOften lowers the heap growth to a percentage of the live heap, limits memory to LakeMemory, and releases
// free memory now. The returned function restores the settings.
func CollectOften(percent int) func() {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before, limit := debug.SetGCPercent(percent), debug.SetMemoryLimit(-1)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(LakeMemory)
	}
	debug.FreeOSMemory()
	return func() {
		debug.SetGCPercent(before)
		debug.SetMemoryLimit(limit)
	}
}

// CollectSeldom raises the heap growth to a percentage of the live heap; the returned function restores the setting.
// While rules are loaded, nearly all allocations stay live and the heap is small, so frequent collections would take
// a fifth of the time.
func CollectSeldom(percent int) func() {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(percent)
	if before > percent {
		debug.SetGCPercent(before)
	}
	return func() { debug.SetGCPercent(before) }
}
