package connector

import (
	"context"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
)

const (
	// pageRows is the maximum number of rows that Athena returns at once.
	pageRows = 1000
	// separator divides the token of the next page from the header in metadata, and complete stands for no token.
	separator = ":::"
	complete  = "COMPLETE"
)

// Results returns the next rows of a query, at most as many as length says. Metadata is that of the answer before, "" at first; the
// offset plays no part.
func (s *Session) Results(ctx context.Context, search, rows, metadata string) Answer {
	page, answer := s.page(ctx, search, rows, metadata)
	if page == nil {
		return answer
	}
	return succeed("data", page.rows, "metadata", page.metadata)
}

// ResultsSTIX returns the next rows as a bundle, with the metadata of Results.
func (s *Session) ResultsSTIX(ctx context.Context, search, rows, metadata string, identity map[string]any) Answer {
	page, answer := s.page(ctx, search, rows, metadata)
	list := []any{}
	if page == nil {
		if answer.Failed() {
			return answer
		}
	} else {
		list = page.rows.Items
	}
	var dialects []string
	if _, service, ok := strings.Cut(search, ":"); ok {
		dialects = []string{service}
	}
	observer, err := NewObserver(s.Connection.Options, dialects, s.Now)
	if err != nil {
		return Refuse(err)
	}
	out := observer.Bundle(identity, list)
	if d, ok := out.value.(*pyprint.Dict); ok && page != nil && !out.Failed() {
		d.Set("metadata", page.metadata)
	}
	return out
}

// A page is a part of the rows of a query.
type page struct {
	rows     *pyprint.List
	metadata string
}

// page returns the rows, or nil and the answer where there are none to format.
func (s *Session) page(ctx context.Context, search, want_, metadata string) (*page, Answer) {
	token, header, err := position(metadata)
	if err != nil {
		return nil, Refuse(err)
	}
	if token == complete {
		return nil, succeed("data", pyprint.NewList())
	}
	want, err := length(want_)
	if err != nil {
		return nil, Refuse(err)
	}
	if want < 1 {
		return nil, Refuse(faultf(codeParameter, "the length %d is no number of rows", want))
	}
	id, service, ok := strings.Cut(search, ":")
	if !ok {
		return nil, Refuse(faultf(codeUnknown, "list index out of range"))
	}
	if strings.Contains(id, dummy) {
		return nil, succeed("data", pyprint.NewList())
	}
	if !slices.Contains(Services, service) {
		return nil, Refuse(faultf(codeUnknown, "%s is no service; the id of a search ends with one of them", pyprint.QuoteString(service)))
	}
	want = min(want, s.Connection.Options.ResultLimit)
	var cells [][]*string
	for token != complete && len(cells) < want {
		// The header counts as a row of the page, so one call may not be enough.
		rows, next, err := s.Calls.Results(ctx, id, token, min(want-len(cells), pageRows))
		if err != nil {
			return nil, Refuse(err)
		}
		if header == nil && len(rows) > 0 {
			header = []string{}
			for _, name := range rows[0] {
				if name != nil {
					header = append(header, *name)
				}
			}
			rows = rows[1:]
		}
		cells = append(cells, rows...)
		if token = next; token == "" {
			token = complete
		}
	}
	out := &page{rows: pyprint.NewList(), metadata: token + separator + headerText(header)}
	for _, row := range cells {
		out.rows.Items = append(out.rows.Items, format(service, header, row))
	}
	if token == complete && s.CleanUp {
		if x, err := s.Calls.Execution(ctx, id); err == nil {
			s.cleanUp(ctx, x.Output)
		}
	}
	return out, Answer{}
}

// position reads metadata.
func position(metadata string) (token string, header []string, err error) {
	if metadata == "" {
		return "", nil, nil
	}
	token, rest, ok := strings.Cut(metadata, separator)
	v, err := decode(rest)
	list, isList := v.(*pyprint.List)
	if !ok || err != nil || !isList {
		return "", nil, faultf(codeUnknown, "the metadata is not that of an answer")
	}
	header = []string{}
	for _, item := range list.Items {
		if d, ok := item.(*pyprint.Dict); ok {
			if name, ok := d.Get("VarCharValue"); ok {
				header = append(header, text(name))
			}
		}
	}
	return token, header, nil
}

// headerText returns a header as metadata has it.
func headerText(header []string) string {
	list := pyprint.NewList()
	for _, name := range header {
		list.Items = append(list.Items, pyprint.NewDict("VarCharValue", name))
	}
	text, err := pyprint.JSON(list, pyprint.JSONOptions{}, maxAnswer)
	if err != nil {
		panic("egret bug: " + err.Error())
	}
	return text
}
