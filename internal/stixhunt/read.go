package stixhunt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

const (
	// MaxSize is the maximum size of a file with patterns or indicators, in bytes.
	MaxSize = 256 << 20
	// MaxIndicators is the maximum number of indicators in a file.
	MaxIndicators = 1_000_000
	// maxText is the maximum length of a pattern in a list, and of other texts of an indicator, in bytes.
	maxText = 1 << 20
)

// A Loaded is what a file of indicators has.
type Loaded struct {
	Indicators []*Indicator
	// Others is the number of objects in a bundle that are no indicators.
	Others int
}

// Load reads a file: a bundle of STIX 2.0 or 2.1, or a list with a pattern a line, in which lines that begin with # are comments. An
// indicator that cannot be used is a diagnostic, and the others are returned. An error means that the file cannot be used.
func Load(path string, version stix.Version) (*Loaded, diag.List, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("indicators %s: no such file", path)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("indicators: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > MaxSize {
		return nil, nil, tooLarge(path)
	}
	return Read(path, f, version)
}

func tooLarge(path string) error {
	return fmt.Errorf("indicators %s: larger than %d MB", path, MaxSize>>20)
}

// Read is Load for the content of a file.
func Read(path string, r io.Reader, version stix.Version) (*Loaded, diag.List, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("indicators %s: %w", path, err)
	case len(text) > MaxSize:
		return nil, nil, tooLarge(path)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	trimmed := bytes.TrimSpace(text)
	switch {
	case len(trimmed) > 0 && trimmed[0] == '{':
		return bundle(path, trimmed)
	case json.Valid(trimmed) && len(trimmed) > 0 && trimmed[0] == '[':
		return list(path, trimmed)
	}
	return lines(path, string(text), version)
}

// lines reads a list of patterns.
func lines(path, text string, version stix.Version) (*Loaded, diag.List, error) {
	out := &Loaded{}
	file := source.NewFile(path, text)
	number := 0
	for line := range strings.Lines(text) {
		number++
		pattern := strings.TrimSpace(line)
		if pattern == "" || pattern[0] == '#' {
			continue
		}
		if len(out.Indicators) == MaxIndicators {
			return nil, nil, fmt.Errorf("indicators %s: more than %d", path, MaxIndicators)
		}
		i := Alone(fmt.Sprintf("%s line %d", path, number), pattern, version)
		i.Path = path
		out.Indicators = append(out.Indicators, i)
	}
	if len(out.Indicators) == 0 {
		return out, diag.List{{Code: "indicator", Severity: diag.Warning, Span: source.Span{File: file}, Message: "no indicator in the file"}}, nil
	}
	return out, nil, nil
}

// object is an object of a bundle with the properties that count here.
type object struct {
	Type        string            `json:"type"`
	ID          string            `json:"id"`
	Objects     []json.RawMessage `json:"objects"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Pattern     string            `json:"pattern"`
	PatternType string            `json:"pattern_type"`
	PatternVer  string            `json:"pattern_version"`
	SpecVersion string            `json:"spec_version"`
	ValidFrom   string            `json:"valid_from"`
	ValidUntil  string            `json:"valid_until"`
	Confidence  *float64          `json:"confidence"`
	Revoked     bool              `json:"revoked"`
	Phases      []struct {
		Chain string `json:"kill_chain_name"`
		Phase string `json:"phase_name"`
	} `json:"kill_chain_phases"`
	References []struct {
		URL string `json:"url"`
	} `json:"external_references"`
}

func bundle(path string, text []byte) (*Loaded, diag.List, error) {
	var b object
	if err := json.Unmarshal(text, &b); err != nil {
		return nil, nil, fmt.Errorf("indicators %s: %w", path, err)
	}
	objects := b.Objects
	if b.Type == "indicator" {
		objects = []json.RawMessage{text}
	}
	return indicators(path, objects, b.SpecVersion)
}

func list(path string, text []byte) (*Loaded, diag.List, error) {
	var objects []json.RawMessage
	if err := json.Unmarshal(text, &objects); err != nil {
		return nil, nil, fmt.Errorf("indicators %s: %w", path, err)
	}
	return indicators(path, objects, "")
}

// indicators returns the indicators among objects.
func indicators(path string, objects []json.RawMessage, version string) (*Loaded, diag.List, error) {
	if len(objects) > MaxIndicators {
		return nil, nil, fmt.Errorf("indicators %s: more than %d objects", path, MaxIndicators)
	}
	all := make([]parsed, len(objects))
	onAllCores(len(objects), func(n int) { all[n] = parse(path, n, objects[n], version) })
	out := &Loaded{}
	var diags diag.List
	for _, p := range all {
		switch {
		case p.fault != nil:
			diags.Add(*p.fault)
		case p.indicator != nil:
			out.Indicators = append(out.Indicators, p.indicator)
		default:
			out.Others++
		}
	}
	if len(out.Indicators) == 0 && len(diags) == 0 {
		diags.Add(bad(path, "", "no indicator in the file"))
	}
	return out, diags, nil
}

// parsed is an indicator, or what is wrong with one; neither for objects of other types.
type parsed struct {
	indicator *Indicator
	fault     *diag.Diagnostic
}

// parse reads the object of a bundle with an index.
func parse(path string, n int, raw json.RawMessage, version string) parsed {
	var o object
	err := json.Unmarshal(raw, &o)
	if err != nil {
		// Properties of other objects may have other types than those of indicators.
		o = object{}
		var kind struct {
			Type string `json:"type"`
			ID   string `json:"id"`
		}
		if json.Unmarshal(raw, &kind) != nil {
			return parsed{}
		}
		o.Type, o.ID = kind.Type, kind.ID
	}
	if o.Type != "indicator" {
		return parsed{}
	}
	name := fmt.Sprintf("%s %s", path, o.ID)
	if o.ID == "" {
		name = fmt.Sprintf("%s object %d", path, n+1)
	}
	if err != nil {
		fault := bad(name, "", "the indicator cannot be read: "+err.Error())
		return parsed{fault: &fault}
	}
	i, message := o.indicator(path, name, version)
	if message != "" {
		fault := bad(name, o.Pattern, message)
		return parsed{fault: &fault}
	}
	return parsed{indicator: i}
}

func bad(name, pattern, message string) diag.Diagnostic {
	file := source.NewFile(name, pattern)
	return diag.Diagnostic{Code: "indicator", Severity: diag.Warning, Span: source.Span{File: file, End: len(pattern)}, Message: message}
}

// indicator returns the indicator of an object, or what is wrong with it.
func (o *object) indicator(path, name, version string) (*Indicator, string) {
	if o.SpecVersion != "" {
		version = o.SpecVersion
	}
	i := &Indicator{
		ID: o.ID, Name: o.Name, Description: o.Description, Path: path, File: source.NewFile(name, o.Pattern), Confidence: -1, Revoked: o.Revoked,
	}
	if version == "2.0" || o.PatternVer == "2.0" {
		i.Version = stix.V20
	}
	switch {
	case o.PatternType != "" && o.PatternType != "stix":
		return nil, fmt.Sprintf("patterns of type %q are not STIX patterns", o.PatternType)
	case o.Pattern == "":
		return nil, "the indicator has no pattern"
	case len(o.Pattern) > maxText || len(o.Name) > maxText || len(o.Description) > maxText:
		return nil, fmt.Sprintf("the indicator has a text of more than %d MB", maxText>>20)
	}
	if o.Confidence != nil {
		if *o.Confidence < 0 || *o.Confidence > 100 {
			return nil, fmt.Sprintf("a confidence of %v is not from 0 to 100", *o.Confidence)
		}
		i.Confidence = int(*o.Confidence)
	}
	for _, end := range []struct {
		name, text string
		at         *time.Time
	}{{"valid_from", o.ValidFrom, &i.From}, {"valid_until", o.ValidUntil, &i.Until}} {
		if end.text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339Nano, end.text)
		if err != nil {
			return nil, fmt.Sprintf("%s is no timestamp: %.40q", end.name, end.text)
		}
		*end.at = t
	}
	if !i.From.IsZero() && !i.Until.IsZero() && !i.Until.After(i.From) {
		return nil, "valid_until is not after valid_from"
	}
	for _, p := range o.Phases {
		i.Phases = append(i.Phases, p.Chain+"."+p.Phase)
	}
	for _, r := range o.References {
		if r.URL != "" {
			i.References = append(i.References, r.URL)
		}
	}
	return i, ""
}
