package lsp

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine/registry"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/source"
)

// maxDiagnostics limits the diagnostics of a file that are shown.
const maxDiagnostics = 1000

// pause is how long nothing must change before the other open files are judged anew.
const pause = 150 * time.Millisecond

// pages are where the checks are described.
const pages = "https://github.com/egret-hunt/egret/blob/main/docs/checks/"

// touch has a document judged, and the other ones after it. "" stands for no document.
func (s *server) touch(uri string) {
	s.mutex.Lock()
	if uri != "" {
		s.dirty[uri] = true
	}
	s.others = true
	s.mutex.Unlock()
	select {
	case s.judge <- struct{}{}:
	default:
	}
}

// touchAll has all documents judged anew.
func (s *server) touchAll() {
	for _, d := range s.open() {
		s.mutex.Lock()
		s.dirty[d.uri] = true
		s.mutex.Unlock()
	}
	s.touch("")
	s.refreshLenses()
}

// judging judges documents until the connection ends: those that have changed first, and then, unless more has changed meanwhile, the
// others, since what they say of one another may have changed too.
func (s *server) judging() {
	for {
		select {
		case <-s.work.Done():
			return
		case <-s.judge:
		}
		s.mutex.Lock()
		dirty, others := s.dirty, s.others
		s.dirty, s.others = map[string]bool{}, false
		s.mutex.Unlock()
		changed, rest := []*document{}, []*document{}
		for _, d := range s.open() {
			if dirty[d.uri] {
				changed = append(changed, d)
			} else {
				rest = append(rest, d)
			}
		}
		s.judgeAll(changed, true)
		if others && (len(changed) == 0 || s.calm()) {
			s.judgeAll(rest, false)
		} else if others {
			s.touch("")
		}
	}
}

// calm waits a moment and reports whether nothing has changed meanwhile: while somebody types, only that file is judged.
func (s *server) calm() bool {
	select {
	case <-s.work.Done():
		return false
	case <-s.judge:
		return false
	case <-time.After(pause):
		return true
	}
}

// judgeAll judges documents project by project, and publishes what was found; without read their texts have not changed.
func (s *server) judgeAll(list []*document, read bool) {
	defer func() {
		if fault := recover(); fault != nil {
			s.notify("window/logMessage", message{severityError, fmt.Sprintf("egret bug: diagnostics: %v", fault)})
		}
	}()
	var projects []*project
	names := map[*project][]string{}
	for _, d := range list {
		switch kind := d.kind(); {
		case d.lost != "":
			s.publish(d.uri, &d.version, []diagnostic{{Severity: severityError, Code: "unreadable-file", Source: "egret", Message: d.lost}})
			d.project.index.Remove(d.name())
		case kind == configFile:
			s.judgeConfig(d)
		case kind == testFile:
			s.judgeTests(d)
		case kind == otherFile:
			d.project.index.Remove(d.name())
			if read {
				s.publish(d.uri, &d.version, nil)
			}
		default:
			if read {
				d.project.index.Put(d.file(), true)
			}
			if names[d.project] == nil {
				projects = append(projects, d.project)
			}
			names[d.project] = append(names[d.project], d.name())
		}
	}
	for _, p := range projects {
		found, err := p.index.Diagnostics(s.work, names[p], !p.ready())
		if err != nil {
			return
		}
		for _, d := range list {
			if d.project == p && slices.Contains(names[p], d.name()) {
				s.publish(d.uri, &d.version, s.shown(d, found[d.name()]))
			}
		}
	}
}

// judgeConfig publishes the faults of an egret.yaml.
func (s *server) judgeConfig(d *document) {
	settings, list := config.Parse(d.file(), registry.Config())
	out := []diagnostic{}
	for i := range list {
		out = append(out, s.fromDiag(d, &list[i]))
	}
	if !list.HasErrors() {
		var options check.Options
		if _, _, err := setup.CheckOptions(&setup.Config{Settings: settings}, &options); err != nil {
			out = append(out, diagnostic{Severity: severityError, Code: "config-value", Source: "egret", Message: err.Error()})
		}
	}
	s.publish(d.uri, &d.version, out)
}

// fromDiag returns a diagnostic of package diag.
func (s *server) fromDiag(d *document, from *diag.Diagnostic) diagnostic {
	out := diagnostic{Range: d.lines.span(from.Span, s.encoding), Severity: severityWarning, Code: from.Code, Source: "egret", Message: from.Message}
	if from.Severity == diag.Error {
		out.Severity = severityError
	}
	if from.Help != "" {
		out.Message += "\nhelp: " + from.Help
	}
	return out
}

// shown returns diagnostics of checks as the editor shows them.
func (s *server) shown(d *document, list []*check.Diagnostic) []diagnostic {
	out := make([]diagnostic, 0, len(list))
	for i, from := range list {
		if i == maxDiagnostics {
			out = append(out, diagnostic{Severity: severityInfo, Code: "more", Source: "egret", Message: fmt.Sprintf("%d more diagnostics are not shown", len(list)-i)})
			break
		}
		one := diagnostic{
			Range: d.lines.span(from.Span, s.encoding), Severity: severityOf(from.Level), Code: from.Check.ID, Source: "egret",
			CodeDescription: &codePage{pages + from.Check.ID + ".md"}, Message: from.Message,
		}
		if from.Check.Group == check.Own {
			one.CodeDescription = nil // its author has the page, if there is one
		}
		if from.Help != "" {
			one.Message += "\nhelp: " + from.Help
		}
		for _, l := range from.Labels {
			if place, ok := s.place(l.Span); ok {
				one.RelatedInformation = append(one.RelatedInformation, relatedPlace{place, l.Text})
			}
		}
		out = append(out, one)
	}
	return out
}

func severityOf(level check.Level) int {
	switch level {
	case check.Error:
		return severityError
	case check.High, check.Medium:
		return severityWarning
	case check.Low:
		return severityInfo
	case check.Informational:
	}
	return severityHint
}

// place returns the location of a span; false if its file is none of the editor's, such as a rule of the starter pack.
func (s *server) place(span source.Span) (location, bool) {
	if span.IsZero() {
		return location{}, false
	}
	l := newLines(span.File.Text)
	return s.placeIn(&l, span)
}

func (s *server) placeIn(l *lines, span source.Span) (location, bool) {
	name := span.File.Name
	s.mutex.Lock()
	open := s.documents[name] != nil // a text without a file is called by its URI
	s.mutex.Unlock()
	switch {
	case open:
	case filepath.IsAbs(name):
		name = uriOf(name)
	default:
		return location{}, false
	}
	return location{name, l.span(span, s.encoding)}, true
}

// publish sends the diagnostics of a document, unless the editor has them already or the text has changed meanwhile.
func (s *server) publish(uri string, version *int, list []diagnostic) {
	if list == nil {
		list = []diagnostic{}
	}
	s.mutex.Lock()
	now := s.documents[uri]
	stale := version != nil && (now == nil || now.version != *version)
	last, known := s.published[uri]
	next := publishParams{uri, version, list}
	same := known && reflect.DeepEqual(last, next) || !known && version == nil
	switch {
	case stale:
	case version == nil:
		delete(s.published, uri)
	default:
		s.published[uri] = next
	}
	s.mutex.Unlock()
	if !stale && !same {
		s.notify("textDocument/publishDiagnostics", next)
	}
}

// refreshLenses asks the editor to ask for code lenses again, if it can. There is one such request at a time.
func (s *server) refreshLenses() {
	s.mutex.Lock()
	ask := s.canRefresh && !s.refreshing && s.state == ready
	s.refreshing = s.refreshing || ask
	s.mutex.Unlock()
	if !ask {
		return
	}
	s.run(func() {
		_ = s.call("workspace/codeLens/refresh", nil) // the editor shows what it has
		s.mutex.Lock()
		s.refreshing = false
		s.mutex.Unlock()
	})
}
