package workspace

import (
	"runtime"

	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/setup"
)

// Places returns what hunts may read. The configuration is read anew for each hunt, since pages change its overlay.
func (w *Workspace) Places() *inquiry.Places {
	return &inquiry.Places{
		Logs: w.Logs, Lake: w.Lake, Limits: w.Limits, Rules: w.Rules, Config: w.Config, Schemas: w.Schemas, Remote: w.Remote,
		Threads: runtime.GOMAXPROCS(0), Version: w.Version, Now: w.Now, Reread: w.Settings,
	}
}

// Settings reads the configuration again, with its overlay. One that was made in memory stays as it is.
func (w *Workspace) Settings() (*setup.Config, error) {
	if w.ReadConfig == nil {
		return w.Config, nil
	}
	return w.ReadConfig()
}
