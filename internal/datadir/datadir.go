// Package datadir says where egret keeps what users install for all of their hunts: packages of rules, refreshed names of
// ATT&CK, measured noise.
//
// Paths depend on environment variables alone. The package creates and reads nothing.
package datadir

import (
	"os"
	"path/filepath"
	"runtime"
)

// Variable names the folder in the environment.
const Variable = "EGRET_DATA"

// Dir returns the absolute path of the folder, which may not exist: $EGRET_DATA if it is set; else egret below
// $XDG_DATA_HOME if that is an absolute path; else egret below ~/.local/share, on macOS below
// ~/Library/Application Support, and on Windows below %LocalAppData%. It returns an error if none of them can be told, as without
// a home directory.
func Dir() (string, error) {
	if dir := os.Getenv(Variable); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "egret"), nil
	}
	if runtime.GOOS == "windows" {
		dir, err := os.UserCacheDir() // %LocalAppData%
		return filepath.Join(dir, "egret"), err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return filepath.Join(home, "Library", "Application Support", "egret"), nil
	}
	return filepath.Join(home, ".local", "share", "egret"), nil
}
