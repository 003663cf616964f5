//go:build !amd64

package value

// canFindStops is false: the parser finds the ends of strings one by one here.
const canFindStops = false

func findStops(*byte, int, *uint32) (int, bool) { panic("egret bug: findStops is for amd64 alone") }
