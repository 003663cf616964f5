package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/source"
)

func (s *server) didOpen(params json.RawMessage) {
	var p didOpenParams
	if json.Unmarshal(params, &p) != nil || p.TextDocument.URI == "" {
		return
	}
	d := &document{uri: p.TextDocument.URI, language: p.TextDocument.LanguageID, path: pathOf(p.TextDocument.URI)}
	s.keep(d.with(p.TextDocument.Version, p.TextDocument.Text))
}

func (s *server) didChange(params json.RawMessage) {
	var p didChangeParams
	if json.Unmarshal(params, &p) != nil {
		return
	}
	s.mutex.Lock()
	d := s.documents[p.TextDocument.URI]
	s.mutex.Unlock()
	if d != nil {
		s.keep(d.changed(p.TextDocument.Version, p.ContentChanges, s.encoding))
	}
}

// keep makes a document the current one of its URI and has it judged.
func (s *server) keep(d *document) {
	s.mutex.Lock()
	old := s.documents[d.uri]
	size := len(d.text())
	if old != nil {
		size -= len(old.text())
	}
	if old == nil && len(s.documents) >= maxDocuments || s.textBytes+size > maxAllText {
		s.mutex.Unlock()
		s.drop(d.uri)
		s.warnf("too many or too large files are open; %s is not checked", filepath.Base(d.name()))
		return
	}
	s.textBytes += size
	s.mutex.Unlock()
	if old == nil || old.project == nil {
		d.project = s.projectOf(d.path)
	}
	s.mutex.Lock()
	s.documents[d.uri] = d
	s.mutex.Unlock()
	s.touch(d.uri)
}

// drop forgets a document and its diagnostics.
func (s *server) drop(uri string) {
	s.mutex.Lock()
	d := s.documents[uri]
	if d != nil {
		s.textBytes -= len(d.text())
		delete(s.documents, uri)
	}
	delete(s.dirty, uri)
	s.mutex.Unlock()
	if d == nil {
		return
	}
	s.readAgain(d.project, d.path, d.name())
	s.publish(uri, nil, nil)
	s.touch("")
}

func (s *server) didClose(params json.RawMessage) {
	var p documentParams
	if json.Unmarshal(params, &p) == nil {
		s.drop(p.TextDocument.URI)
	}
}

// readAgain puts a file into the index of its project as it is on disk. An open file counts as the editor has it.
func (s *server) readAgain(p *project, path, name string) {
	if p == nil {
		return
	}
	if text, err := readRule(path); err == nil && p.contains(path) {
		p.index.Put(source.NewFile(path, text), false)
		return
	}
	p.index.Remove(name)
}

// didSave reads settings again; rules are known already.
func (s *server) didSave(params json.RawMessage) {
	var p documentParams
	if json.Unmarshal(params, &p) == nil {
		s.fileChanged(pathOf(p.TextDocument.URI))
	}
}

func (s *server) didChangeWatchedFiles(params json.RawMessage) {
	var p watchedParams
	if json.Unmarshal(params, &p) != nil {
		return
	}
	for _, c := range p.Changes {
		s.fileChanged(pathOf(c.URI))
	}
}

// fileChanged takes note of a file that another program has changed, made or removed, or that was saved.
func (s *server) fileChanged(path string) {
	if path == "" {
		return
	}
	base := strings.ToLower(filepath.Base(path))
	s.mutex.Lock()
	var projects []*project
	opened := false
	// Iteration order does not matter: each project is asked by itself.
	for _, p := range s.projects {
		projects = append(projects, p)
	}
	// Iteration order does not matter: at most one document has the path.
	for _, d := range s.documents {
		opened = opened || d.path == path
	}
	s.mutex.Unlock()
	switch {
	case base == config.FileName || isSchema(projects, path):
		s.reload()
	case opened:
	case setup.IsRuleFile(path):
		for _, p := range projects {
			if p.contains(path) {
				s.readAgain(p, path, path)
			}
		}
	}
	s.touch("")
	s.refreshLenses()
}

// isSchema reports whether a file is one of the user's schemas.
func isSchema(projects []*project, path string) bool {
	for _, p := range projects {
		for _, folder := range p.schemaPaths {
			if within(folder, path) {
				return true
			}
		}
	}
	return false
}

// within reports whether a path is a folder or file, or below it.
func within(folder, path string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, string(filepath.Separator))+string(filepath.Separator))
}

// readRule reads a file that is not larger than rules are.
func readRule(path string) (string, error) {
	if path == "" {
		return "", os.ErrNotExist
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > maxText {
		return "", os.ErrInvalid
	}
	text, err := os.ReadFile(path)
	return string(text), err
}
