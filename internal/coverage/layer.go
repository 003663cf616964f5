package coverage

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/attack"
)

// LayerOptions are the parts of a layer that have no influence on scores.
type LayerOptions struct {
	Name, Description string
	// NoComments leaves out which marks cover a technique.
	NoComments bool
	// Min and Max are the colours of the lowest and the highest score, as #rrggbb or #rrggbbaa; "" stands for those of sigma-cli.
	MinColor, MaxColor string
	// Top is the score of the highest colour, 0 for the highest score.
	Top int
}

// The format is that of layers/spec/v4.5/layerformat.md of mitre-attack/attack-navigator.
type layer struct {
	Name        string           `json:"name"`
	Versions    layerVersions    `json:"versions"`
	Domain      string           `json:"domain"`
	Description string           `json:"description"`
	Layout      layerLayout      `json:"layout"`
	Gradient    layerGradient    `json:"gradient"`
	Techniques  []layerTechnique `json:"techniques"`
}

type layerVersions struct {
	Attack    string `json:"attack"`
	Navigator string `json:"navigator"`
	Layer     string `json:"layer"`
}

type layerLayout struct {
	Layout   string `json:"layout"`
	ShowID   bool   `json:"showID"`
	ShowName bool   `json:"showName"`
	// ExpandedSubtechniques is annotated: the Navigator unfolds techniques whose sub-techniques have a score.
	ExpandedSubtechniques string `json:"expandedSubtechniques"`
}

type layerGradient struct {
	Colors   []string `json:"colors"`
	MinValue int      `json:"minValue"`
	MaxValue int      `json:"maxValue"`
}

type layerTechnique struct {
	ID                string `json:"techniqueID"`
	Tactic            string `json:"tactic"`
	Score             int    `json:"score"`
	Color             string `json:"color,omitempty"`
	Comment           string `json:"comment,omitempty"`
	Enabled           bool   `json:"enabled"`
	ShowSubtechniques bool   `json:"showSubtechniques"`
}

// seenColor is the colour of techniques that findings show.
const seenColor = "#f28e2b"

// comment names the marks of findings and of rules.
func comment(marks, seen []*Mark) string {
	text := names(marks)
	if len(seen) == 0 {
		return text
	}
	return strings.TrimSuffix("seen: "+strings.ReplaceAll(names(seen), "\n", "\nseen: ")+"\n"+text, "\n")
}

// maxComment is how many marks the comment of a technique names. The rest is counted.
const maxComment = 50

// WriteLayer writes a layer for the ATT&CK Navigator as JSON: an entry for each technique that is covered and each of its tactics.
func (m *Matrix) WriteLayer(w io.Writer, o LayerOptions) error {
	out := layer{
		Name: o.Name, Description: o.Description, Domain: "enterprise-attack",
		Versions:   layerVersions{Attack: strconv.Itoa(m.Options.Version.Number()), Navigator: "5.1.0", Layer: "4.5"},
		Layout:     layerLayout{"side", false, true, "annotated"},
		Gradient:   layerGradient{Colors: []string{o.MinColor, o.MaxColor}, MaxValue: max(1, o.Top)},
		Techniques: []layerTechnique{},
	}
	if o.Top == 0 {
		out.Gradient.MaxValue = max(1, m.Max()) // the Navigator wants it to be above the minimum
	}
	if o.MinColor == "" {
		out.Gradient.Colors[0] = "#ffffff00"
	}
	if o.MaxColor == "" {
		out.Gradient.Colors[1] = "#ff0000"
	}
	add := func(t *attack.Technique, score int, marks []*Mark) {
		entry := layerTechnique{ID: t.ID, Score: score, Enabled: true}
		seen := m.SeenAt(t.ID)
		if len(seen) > 0 {
			entry.Color = seenColor
		}
		if !o.NoComments {
			entry.Comment = comment(marks, seen)
		}
		for _, entry.Tactic = range t.Tactics(m.Options.Version) {
			out.Techniques = append(out.Techniques, entry)
		}
	}
	for _, e := range m.Entries {
		add(e.Technique, e.Score, e.Marks)
	}
	if m.Seen != nil {
		for _, e := range m.Seen.Entries {
			if m.Entry(e.ID) == nil { // no rule here covers it
				add(e.Technique, 0, nil)
			}
		}
	}
	return encode(w, out)
}

// names returns the titles of marks, a line each.
func names(marks []*Mark) string {
	var b strings.Builder
	for i, m := range marks {
		if i == maxComment {
			fmt.Fprintf(&b, "\nand %d more", len(marks)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(m.Title)
	}
	return b.String()
}
