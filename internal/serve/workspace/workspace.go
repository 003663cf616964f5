// Package workspace holds what a run of egret serve works on: configuration, log sources, and the folders and the lake that the
// command line named. All pages share one Workspace. It reads no requests: nothing in it comes from a browser.
package workspace

import (
	"time"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/serve/hunts"
	"github.com/egret-hunt/egret/internal/setup"
)

// A Workspace is immutable and safe for concurrent use.
type Workspace struct {
	// Config is never nil.
	Config *setup.Config
	// Schemas are the known log sources.
	Schemas []*schema.Schema
	// Rules are folders and files of rules, empty for those of the configuration or the starter pack. Logs are files and folders
	// to hunt. Lake is the name of a lake in the configuration. All but Config may be empty.
	Rules, Logs []string
	Lake        string
	// Limits are those of a hunt in the lake, and Remote reads those of Logs that are in buckets, nil if there are none.
	Limits setup.Limits
	Remote event.Remote
	// Hunts runs and keeps hunts, nil if none can be kept.
	Hunts *hunts.Store
	// ReadConfig reads the configuration again, as Config was read. With nil Config holds for good.
	ReadConfig func() (*setup.Config, error)
	// Version is that of egret.
	Version string
	// Now returns the time.
	Now func() time.Time
}
