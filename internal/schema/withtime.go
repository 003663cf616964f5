package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// TimeFormatNames are the names of the formats of times, as files of schemas and options have them.
func TimeFormatNames() []string {
	var names []string
	for f := TimeText; f <= CommonLog; f++ {
		names = append(names, f.String())
	}
	return names
}

// WithTime is the profile with another time of events: a column, or a member of a struct with dots before its parts, in a
// format of TimeFormatNames. The error tells of a column that the profile does not have or that cannot hold the format.
func (p *Profile) WithTime(column, format string) (*Profile, error) {
	f, ok := timeFormats[format]
	if !ok {
		return nil, fmt.Errorf("the format of a time is one of %s, not %q", strings.Join(TimeFormatNames(), ", "), format)
	}
	path := value.Path{Text: column}
	place := unknownPlace(path)
	place.Type.Kind = timeKinds[f][0]
	if len(p.Columns) > 0 {
		if place, ok = p.walk(path); !ok {
			return nil, fmt.Errorf("%s has no column %q", p.FullName(), column)
		}
		if !slices.Contains(timeKinds[f], place.Type.Kind) {
			return nil, fmt.Errorf("column %q of %s is of type %s, which no time of the format %s is", column, p.FullName(), place.Type.Kind, format)
		}
	}
	changed := *p
	changed.Time = &TimeColumn{Place: place, Format: f}
	return &changed, nil
}
