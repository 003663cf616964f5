package pipelines

import "path/filepath"

// Resolve replaces names of the user's pipelines, those of egret.yaml and of plug-ins, by the paths of their files. named has
// them all.
func (f *Flags) Resolve(named map[string]string) {
	for i, name := range f.names {
		if path := named[name]; path != "" && filepath.Base(name) == name {
			f.names[i] = path
		}
	}
}
