package lsp

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/source"
)

// The kinds of code actions.
const (
	quickFix = "quickfix"
	fixAll   = "source.fixAll"
)

// codeAction implements textDocument/codeAction: the fix of each diagnostic in the range, and all that egret check --fix would mend.
func (s *server) codeAction(ctx context.Context, d *document, p *documentParams) (any, error) {
	if d.kind() != ruleFile {
		return nil, nil
	}
	wants := func(kind string) bool {
		return len(p.Context.Only) == 0 || slices.ContainsFunc(p.Context.Only, func(only string) bool {
			return kind == only || strings.HasPrefix(kind, only+".")
		})
	}
	out := []codeAction{}
	file := d.file()
	list := d.project.index.Alone(file)
	if wants(quickFix) {
		from, to := d.lines.offset(p.Range.Start, s.encoding), d.lines.offset(p.Range.End, s.encoding)
		for _, found := range list {
			if len(found.Fixes) == 0 || found.Span.Start > to || found.Span.End < from {
				continue
			}
			out = append(out, codeAction{
				Title: fixTitle(found), Kind: quickFix, Diagnostics: s.shown(d, []*check.Diagnostic{found}), IsPreferred: true,
				Edit: s.edit(d, found.Fixes),
			})
		}
	}
	if wants(fixAll) && ctx.Err() == nil {
		text, mended := check.Fix(d.project.index.Alone, file)
		if mended > 0 {
			whole := diag.Fix{Span: source.Span{File: file, End: len(file.Text)}, Text: text}
			out = append(out, codeAction{Title: "Mend all that egret can mend", Kind: fixAll, Edit: s.edit(d, []diag.Fix{whole})})
		}
	}
	return out, ctx.Err()
}

// fixTitle says what a fix does.
func fixTitle(d *check.Diagnostic) string {
	if len(d.Fixes) == 1 {
		text := strings.TrimSpace(d.Fixes[0].Text)
		switch {
		case text == "":
			return "Remove it: " + d.Message
		case len(text) < 60 && !strings.Contains(text, "\n"):
			return "Write " + text
		}
	}
	return "Mend: " + d.Message
}

// edit returns an edit of a document. Editors that know versions refuse it if the text has changed meanwhile.
func (s *server) edit(d *document, fixes []diag.Fix) *workspaceEdit {
	edits := make([]textEdit, 0, len(fixes))
	for _, f := range fixes {
		edits = append(edits, textEdit{d.lines.span(f.Span, s.encoding), f.Text})
	}
	if !s.canVersion {
		return &workspaceEdit{Changes: map[string][]textEdit{d.uri: edits}}
	}
	return &workspaceEdit{DocumentChanges: []documentEdit{{documentID{d.uri, d.version}, edits}}}
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
