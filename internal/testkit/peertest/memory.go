package peertest

import (
	"io/fs"
	"testing/fstest"
)

// memory is a file system with one file of rules.
type memory struct{ text string }

// Open implements fs.FS.
func (m memory) Open(name string) (fs.File, error) {
	return fstest.MapFS{"rules.yml": {Data: []byte(m.text)}}.Open(name)
}
