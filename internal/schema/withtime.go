package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// TimeFormatNames returns the names of the time formats, as schema files and options spell them.
func TimeFormatNames() []string {
	var names []string
	for f := TimeText; f <= CommonLog; f++ {
		names = append(names, f.String())
	}
	return names
}

// WithTime returns the layout with another time column: a column, or a member of a struct in dotted form, in a format
// of TimeFormatNames. It returns an error if the layout does not have the column or the column cannot hold the format.
func (p *Layout) WithTime(column, format string) (*Layout, error) {
	f, ok := timeFormats[format]
	if !ok {
		return nil, fmt.Errorf("expected a time format of %s, found %q", strings.Join(TimeFormatNames(), ", "), format)
	}
	path := value.Path{Text: column}
	place := unknownPlace(path)
	place.Type.Kind = timeKinds[f][0]
	if len(p.Columns) > 0 {
		if place, ok = p.walk(path); !ok {
			return nil, fmt.Errorf("%s has no column %q", p.FullName(), column)
		}
		if !slices.Contains(timeKinds[f], place.Type.Kind) {
			return nil, fmt.Errorf("column %q of %s is of type %s, which cannot hold a time of format %s", column, p.FullName(), place.Type.Kind, format)
		}
	}
	changed := *p
	changed.Time = &TimeColumn{Location: place, Format: f}
	return &changed, nil
}
