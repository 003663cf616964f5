package datadir

import (
	"path/filepath"
	"runtime"
	"testing"
)

func TestDirFollowsTheEnvironment(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the paths are those of Linux")
	}
	for _, c := range []struct{ own, xdg, home, want string }{
		{"/data", "/xdg", "/home/u", "/data"},
		{"", "/xdg", "/home/u", "/xdg/egret"},
		{"", "relative", "/home/u", "/home/u/.local/share/egret"}, // the XDG specification ignores relative paths
		{"", "", "/home/u", "/home/u/.local/share/egret"},
	} {
		t.Setenv(Variable, c.own)
		t.Setenv("XDG_DATA_HOME", c.xdg)
		t.Setenv("HOME", c.home)
		if got, err := Dir(); err != nil || got != c.want {
			t.Errorf("%+v: got %q, %v", c, got, err)
		}
	}
	t.Setenv(Variable, "own")
	if got, err := Dir(); err != nil || !filepath.IsAbs(got) {
		t.Errorf("a relative folder: got %q, %v", got, err)
	}
	t.Setenv(Variable, "")
	t.Setenv("HOME", "")
	if got, err := Dir(); err == nil {
		t.Errorf("without a home directory: got %q, want an error", got)
	}
}
