package coverage

import (
	"encoding/json"
	"io"
)

type jsonMatrix struct {
	Attack     int               `json:"attack"`
	Score      Score             `json:"score"`
	Rules      int               `json:"rules"`
	Tagged     int               `json:"tagged"`
	Covered    int               `json:"covered"`
	All        int               `json:"techniques_of_attack"`
	Techniques []jsonEntry       `json:"techniques"`
	Replaced   map[string]string `json:"replaced"`
}

type jsonEntry struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Tactics []string   `json:"tactics"`
	Score   int        `json:"score"`
	Rules   []jsonMark `json:"rules"`
	// Seen are the rules of findings.
	Seen []jsonMark `json:"seen"`
}

type jsonMark struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Level string `json:"level"`
	Path  string `json:"path"`
}

// WriteJSON writes the entries with their marks for other programs. docs/guide/coverage.md describes the keys.
func (m *Matrix) WriteJSON(w io.Writer) error {
	out := jsonMatrix{Attack: m.Options.Version.Number(), Score: m.Options.Score, Rules: m.Marks, Tagged: m.Tagged, Techniques: []jsonEntry{}, Replaced: m.Replaced}
	out.Covered, out.All = m.Share()
	add := func(e *Entry, score int, marks []*Mark) {
		out.Techniques = append(out.Techniques, jsonEntry{
			ID: e.ID, Name: e.Name(m.Options.Version), Tactics: e.Tactics(m.Options.Version), Score: score,
			Rules: jsonMarks(marks), Seen: jsonMarks(m.SeenAt(e.ID)),
		})
	}
	for _, e := range m.Entries {
		add(e, e.Score, e.Marks)
	}
	if m.Seen != nil {
		for _, e := range m.Seen.Entries {
			if m.Entry(e.ID) == nil {
				add(e, 0, nil)
			}
		}
	}
	return encode(w, out)
}

func jsonMarks(marks []*Mark) []jsonMark {
	list := []jsonMark{}
	for _, m := range marks {
		list = append(list, jsonMark{m.ID, m.Title, m.Level, m.Path})
	}
	return list
}

// encode writes a value as indented JSON with a line feed.
func encode(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
