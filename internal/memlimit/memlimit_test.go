package memlimit

import (
	"os"
	"runtime/debug"
	"testing"
)

// settings returns the percentage and the limit that hold now.
func settings() (percent int, limit int64) {
	percent = debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent, debug.SetMemoryLimit(-1)
}

func TestSettingsEndWithTheStretch(t *testing.T) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	percent, limit := settings()
	for name, c := range map[string]struct {
		set     func() func()
		percent int
		limit   int64
	}{
		"Limit":                       {func() func() { return Limit(1 << 30) }, percent, 1 << 30},
		"CollectOften":                {func() func() { return CollectOften(25) }, 25, LakeMemory},
		"CollectSeldom":               {func() func() { return CollectSeldom(800) }, 800, limit},
		"CollectSeldom less than now": {func() func() { return CollectSeldom(1) }, percent, limit},
	} {
		restore := c.set()
		if p, l := settings(); p != c.percent || l != c.limit {
			t.Errorf("%s: got %d%% and %d bytes, want %d%% and %d", name, p, l, c.percent, c.limit)
		}
		restore()
		if p, l := settings(); p != percent || l != limit {
			t.Errorf("after %s: got %d%% and %d bytes, want %d%% and %d", name, p, l, percent, limit)
		}
	}
	t.Setenv("GOGC", "100")
	t.Setenv("GOMEMLIMIT", "1GiB")
	for _, set := range []func() func(){func() func() { return Limit(5) }, func() func() { return CollectOften(25) }, func() func() { return CollectSeldom(800) }} {
		restore := set()
		if p, l := settings(); p != percent || l != limit {
			t.Errorf("the environment does not rule: got %d%% and %d bytes", p, l)
		}
		restore()
	}
}
