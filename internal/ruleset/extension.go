package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// OutcomeLevels are the levels of a rule's findings by how their calls ended; "" stands for the rule's level. They come from
// the key `egret` of a Sigma rule (docs/guide/severity.md), a custom attribute that other tools ignore.
type OutcomeLevels struct {
	Succeeded string `json:"succeeded,omitempty"`
	Refused   string `json:"refused,omitempty"`
	Failed    string `json:"failed,omitempty"`
	// First is the level of the first finding with a succeeded call of each principal.
	First string `json:"first,omitempty"`
}

// String returns the levels for people: "refused medium, first critical", "" if the outcome makes no difference.
func (o OutcomeLevels) String() string {
	var list []string
	for _, l := range o.levels() {
		if *l.level != "" {
			list = append(list, l.key+" "+*l.level)
		}
	}
	return strings.Join(list, ", ")
}

// levels returns pointers to the levels with their keys in the rule.
func (o *OutcomeLevels) levels() [4]struct {
	key   string
	level *string
} {
	return [4]struct {
		key   string
		level *string
	}{{"succeeded", &o.Succeeded}, {"refused", &o.Refused}, {"failed", &o.Failed}, {"first", &o.First}}
}

// MaxLevel returns the highest level that a finding of the rule can have.
func (info *Info) MaxLevel() string {
	highest := info.Level
	own := info.Outcomes
	for _, o := range own.levels() {
		if LevelRank(*o.level) > LevelRank(highest) {
			highest = *o.level
		}
	}
	return highest
}

// maxFolds is how many rules one rule may fold.
const maxFolds = 100

// extension reads the key `egret` of a document into its metadata.
func (f *loadedFile) extension(info *Info, meta *sigma.Meta) {
	i := slices.IndexFunc(meta.Unknown, func(u sigma.Unknown) bool { return u.Key == "egret" })
	if i < 0 {
		return
	}
	u := meta.Unknown[i]
	section, ok := u.Value.(map[string]any)
	if !ok {
		f.list.Add(badExtension(u.Span, "egret is not a map", "write level or folds below it"))
		return
	}
	for _, key := range sortedKeys(section) {
		switch key {
		case "level":
			f.outcomeLevels(info, within(u.Span, key), section[key])
		case "folds":
			folds, ok := textList(section[key])
			if !ok || len(folds) > maxFolds {
				f.list.Add(badExtension(within(u.Span, key), "egret.folds is not a list of rules", fmt.Sprintf("name at most %d rules by id or name", maxFolds)))
				continue
			}
			info.Folds = folds
		default:
			f.list.Add(badExtension(within(u.Span, key), fmt.Sprintf("egret.%s is not defined", key), "the keys are level and folds"))
		}
	}
}

func (f *loadedFile) outcomeLevels(info *Info, span source.Span, value any) {
	section, ok := value.(map[string]any)
	if !ok {
		f.list.Add(badExtension(span, "egret.level is not a map", "write a level for succeeded, refused, failed or first"))
		return
	}
	levels := info.Outcomes.levels()
	for _, key := range sortedKeys(section) {
		i := slices.IndexFunc(levels[:], func(l struct {
			key   string
			level *string
		}) bool {
			return l.key == key
		})
		level, _ := section[key].(string)
		switch level = strings.ToLower(level); {
		case i < 0:
			f.list.Add(badExtension(within(span, key), fmt.Sprintf("egret.level.%s is not defined", key), "the outcomes are succeeded, refused, failed and first"))
		case LevelRank(level) < 0:
			f.list.Add(badExtension(within(span, key), fmt.Sprintf("egret.level.%s is not a level", key), "the levels are "+strings.Join(Levels, ", ")))
		default:
			*levels[i].level = level
		}
	}
}

// within returns the span of a key in the map that belongs to another key, or that of the other key if the text does not show
// it, as with quotes. The tree has no positions in maps that Sigma does not define.
func within(outer source.Span, key string) source.Span {
	if outer.IsZero() || key == "" {
		return outer
	}
	start := outer.File.Position(outer.Start)
	first, column := start.Line, start.Column
	for n := first; n <= outer.File.Lines(); n++ {
		line := outer.File.Line(n)
		if n == first {
			line = strings.Repeat(" ", column-1+len(outer.Text())) + line[min(len(line), column-1+len(outer.Text())):]
		} else if indent := len(line) - len(strings.TrimLeft(line, " ")); strings.TrimSpace(line) != "" && indent < column && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			break // the end of the map
		}
		for at := 0; ; at += len(key) {
			next := strings.Index(line[at:], key)
			if next < 0 {
				break
			}
			at += next
			if before := line[:at]; strings.Trim(before[strings.LastIndexAny(before, "{,")+1:], " ") == "" &&
				strings.HasPrefix(strings.TrimLeft(line[at+len(key):], " "), ":") {
				start := outer.File.Offset(n, at+1)
				return source.Span{File: outer.File, Start: start, End: start + len(key)}
			}
		}
	}
	return outer
}

// textList returns the texts of a list, or of a single text.
func textList(value any) ([]string, bool) {
	if text, ok := value.(string); ok {
		return []string{text}, true
	}
	list, ok := value.([]any)
	if !ok {
		return nil, false
	}
	texts := make([]string, 0, len(list))
	for _, entry := range list {
		text, ok := entry.(string)
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}

func sortedKeys(section map[string]any) []string {
	keys := make([]string, 0, len(section))
	for key := range section { // sorted below
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func badExtension(span source.Span, message, help string) diag.Diagnostic {
	return diag.Diagnostic{Code: "egret-key", Severity: diag.Warning, Span: span, Message: message, Help: help}
}

// Folds returns for each rule of References the rules whose findings fold under its own, also by index in References and
// sorted, with those that they fold in turn. Only rules with findings count. A relation that would close a cycle, and a
// rule that is not in the set, are left out.
func (s *Set) Folds() [][]int {
	references := s.References()
	byName := map[string]int{}
	for i := len(references) - 1; i >= 0; i-- { // of rules with the same name the first counts
		info := s.Info(references[i])
		byName[strings.ToLower(info.ID)] = i
	}
	for i := len(references) - 1; i >= 0; i-- {
		if name := s.Info(references[i]).Name; name != "" {
			if _, isID := byName[name]; !isID {
				byName[name] = i
			}
		}
	}
	direct := make([][]int, len(references))
	for i, r := range references {
		for _, text := range s.Info(r).Folds {
			to, ok := byName[strings.ToLower(text)]
			if !ok {
				to, ok = byName[text]
			}
			if ok && to != i {
				direct[i] = append(direct[i], to)
			}
		}
	}
	all := make([][]int, len(references))
	state := make([]visitState, len(references))
	var visit func(i int)
	visit = func(i int) {
		state[i] = visiting
		for _, to := range direct[i] {
			if state[to] == visiting {
				continue // a cycle
			}
			if state[to] == unvisited {
				visit(to)
			}
			all[i] = append(append(all[i], to), all[to]...)
		}
		slices.Sort(all[i])
		all[i] = slices.Compact(all[i])
		state[i] = visited
	}
	for i := range references {
		if state[i] == unvisited {
			visit(i)
		}
	}
	for i := range all {
		all[i] = slices.DeleteFunc(all[i], func(to int) bool { return !s.reports(references[i]) || !s.reports(references[to]) })
	}
	return all
}

func (s *Set) reports(r ir.Reference) bool { return s.Info(r).Reports }
