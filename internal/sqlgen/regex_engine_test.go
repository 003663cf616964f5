package sqlgen

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// foundBy tells by Go's own package whether an expression is found in a text.
func foundBy(t *testing.T, e *ir.RegexExpr) func(text string) bool {
	t.Helper()
	flags := ""
	for flag, set := range map[string]bool{"i": e.IgnoreCase, "m": e.MultiLine, "s": e.DotAll} {
		if set {
			flags += flag
		}
	}
	text := e.Text
	if flags != "" {
		text = "(?" + flags + ")" + text
	}
	re, err := regexp.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	return re.MatchString
}

// agreeOnTexts asks each engine about each expression and each text, and compares with Go.
func agreeOnTexts(t *testing.T, list []*ir.RegexExpr, texts []string) {
	t.Helper()
	patterns := func(d *sqltree.Dialect) ([]string, []func(string) bool) {
		var printed []string
		var want []func(string) bool
		for _, e := range list {
			pattern, err := sqlregex.Translate(e, d.RegexFlavor)
			if err != nil {
				t.Errorf("%s: %v", e.Text, err)
				continue
			}
			printed, want = append(printed, pattern), append(want, foundBy(t, e))
		}
		return printed, want
	}
	onEngines(t, func(t *testing.T, engine sqltest.Engine, d *sqltree.Dialect) {
		printed, want := patterns(d)
		agree(t, engine, d, texts, printed, want)
	})
}

// agree holds printed expressions against texts, and compares with what is wanted of them.
func agree(t *testing.T, engine sqltest.Engine, d *sqltree.Dialect, texts, printed []string, want []func(text string) bool) {
	t.Helper()
	loadTexts(t, engine, texts)
	faults, holds := 0, 0
	for start := 0; start < len(printed); start += 40 {
		batch := printed[start:min(start+40, len(printed))]
		query := &sqltree.Select{Columns: []sqltree.Column{{Of: sqltree.Name{"id"}}}, From: sqltree.Source{Table: []string{"texts"}}}
		for _, pattern := range batch {
			query.Columns = append(query.Columns, sqltree.Column{Of: d.Regex(sqltree.Name{"x"}, pattern)})
		}
		_, rows, err := engine.Query(t.Context(), d.Print(query))
		if err != nil {
			t.Fatalf("%.2000s", err)
		}
		if len(rows) != len(texts) {
			t.Fatalf("%d rows of %d texts", len(rows), len(texts))
		}
		for _, row := range rows {
			text := texts[row[0].(int64)]
			for i, pattern := range batch {
				truth := want[start+i](text)
				if truth {
					holds++
				}
				if row[i+1] != truth {
					if faults++; faults <= 20 {
						t.Errorf("%.300s in %q: SQL says %v, want %v", pattern, text, row[i+1], truth)
					}
				}
			}
		}
	}
	t.Logf("%s: %d expressions, %d texts, %d pairs hold, %d faults", engine.Name(), len(printed), len(texts), holds, faults)
}

// sample returns a random text that the expression is likely to match. For anchors and word boundaries it only guesses.
func sample(r *rand.Rand, re *syntax.Regexp) string {
	var b strings.Builder
	switch re.Op {
	case syntax.OpLiteral:
		for _, c := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 {
				for range r.IntN(4) {
					c = unicode.SimpleFold(c)
				}
			}
			b.WriteRune(c)
		}
	case syntax.OpCharClass:
		if i := 2 * r.IntN(max(1, len(re.Rune)/2)); i < len(re.Rune) {
			b.WriteRune(re.Rune[i] + rune(r.IntN(min(100, int(re.Rune[i+1]-re.Rune[i])+1))))
		}
	case syntax.OpAnyChar:
		b.WriteRune([]rune("a \nπ")[r.IntN(4)])
	case syntax.OpAnyCharNotNL:
		b.WriteRune([]rune("a \rπ")[r.IntN(4)])
	case syntax.OpAlternate:
		return sample(r, re.Sub[r.IntN(len(re.Sub))])
	case syntax.OpBeginLine, syntax.OpEndLine:
		b.WriteString([]string{"", "\n"}[r.IntN(2)])
	case syntax.OpWordBoundary:
		b.WriteString([]string{"", " "}[r.IntN(2)])
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most := 0, 3
		switch re.Op {
		case syntax.OpPlus:
			least = 1
		case syntax.OpQuest:
			most = 1
		case syntax.OpRepeat:
			least, most = re.Min, cmp.Or(max(re.Max, 0), re.Min+2)
		}
		for range least + r.IntN(min(most-least, 3)+1) {
			b.WriteString(sample(r, re.Sub[0]))
		}
	default:
		for _, sub := range re.Sub {
			b.WriteString(sample(r, sub))
		}
	}
	return strings.ToValidUTF8(b.String(), "?")
}

// mutate changes a text a little.
func mutate(r *rand.Rand, text string, alphabet []rune) string {
	runes := []rune(text)
	for range 1 + r.IntN(2) {
		at := r.IntN(len(runes) + 1)
		c := alphabet[r.IntN(len(alphabet))]
		switch {
		case r.IntN(3) == 0 || at == len(runes):
			runes = slices.Insert(runes, at, c)
		case r.IntN(2) == 0:
			runes[at] = c
		default:
			runes = slices.Delete(runes, at, at+1)
		}
	}
	return string(runes)
}

// alphabet are characters that expressions tell apart, and some that engines take for others.
var alphabet = []rune("aabbkKsS\u017f\u212aéÉ1_- .\n\r\t\x00\u0085\u2028\u0301ßẞςσΣµΜİıＡ😀漢/\\\"$^%")

// The expressions of public rules, held against texts that they match and texts close by.
func TestRegexOfPublicRulesAgreesWithGoIntegration(t *testing.T) {
	found := map[string]*ir.RegexExpr{}
	err := filepath.WalkDir(testkit.Shared(t, "data", "sigmahq"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var root yaml.Node
		if yaml.Unmarshal(text, &root) == nil {
			collectRegexes(&root, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 100 {
		t.Fatalf("%d expressions", len(found))
	}
	r := rand.New(rand.NewPCG(3, 4))
	var list []*ir.RegexExpr
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(found)) {
		e := found[key]
		list = append(list, e)
		parsed, err := syntax.Parse(e.Text, e.Syntax())
		if err != nil {
			t.Fatal(err)
		}
		for range testkit.Rounds(3, 3, 8) {
			text := sample(r, parsed)
			texts = append(texts, text, mutate(r, text, alphabet), "x"+text+"\n")
		}
	}
	agreeOnTexts(t, list, texts)
}

// collectRegexes finds the values of keys with the modifier re.
func collectRegexes(n *yaml.Node, found map[string]*ir.RegexExpr) {
	for i, child := range n.Content {
		collectRegexes(child, found)
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			continue
		}
		modifiers := strings.Split(child.Value, "|")
		if !slices.Contains(modifiers, "re") {
			continue
		}
		values := []*yaml.Node{n.Content[i+1]}
		if values[0].Kind == yaml.SequenceNode {
			values = values[0].Content
		}
		for _, value := range values {
			e := &ir.RegexExpr{Text: value.Value, IgnoreCase: slices.Contains(modifiers, "i")}
			found[fmt.Sprint(e.Text, e.IgnoreCase)] = e
		}
	}
}

// randomRegex writes an expression of any construct that Go knows.
func randomRegex(r *rand.Rand, depth int) string {
	leaf := func() string {
		leaves := []string{"a", "b", "ab", "k", "s", "é", "1", "_", "-", " ", `\.`, ".", "^", "$", `\A`, `\z`, `\b`, `\B`, `\d`, `\w`, `\W`, `\s`, `\S`,
			"[ab]", "[^a]", "[a-k]", "[^k-s]", `[\w-]`, `[^\n]`, `[\s\S]`, "[[:alpha:]]", "[[:^digit:]]", "[a&&b]", `[\[\]^]`, "[é-漢]", `\x{1F600}`, "ß", "σ", "", `\n`,
			`\pL`, `\p{Greek}`, `[^\pL]`, `\Qa.b\E`, "#", "~", "%", "&&", "/", `\\`, `"`, `\x00`, `\t`, "(?i:k)", "(?i:s+)", "(?i:é)", "(?i:[a-k])", "(?m:^)", "(?m:$)", "(?s:.)", "µ", "[^ſ]"}
		return leaves[r.IntN(len(leaves))]
	}
	if depth == 0 {
		return leaf()
	}
	sub := func() string { return randomRegex(r, depth-1) }
	switch r.IntN(9) {
	case 0, 1, 2:
		return sub() + sub()
	case 3:
		return "(" + sub() + "|" + sub() + ")"
	case 4:
		return "(?:" + sub() + "|" + sub() + "|" + sub() + ")"
	case 5, 6:
		quantifiers := []string{"*", "+", "?", "*?", "+?", "??", "{2}", "{2,}", "{1,3}", "{0,2}", "{0}", "{3}?", "{0,}", "{1}"}
		return "(?:" + sub() + ")" + quantifiers[r.IntN(len(quantifiers))]
	case 7:
		return "(?" + []string{"i", "m", "s", "-s", "ims", "i-m"}[r.IntN(6)] + ":" + sub() + ")"
	default:
		return leaf()
	}
}

func TestRandomRegexAgreesWithGoIntegration(t *testing.T) {
	for round := range testkit.Rounds(1, 1, 3) {
		r := rand.New(rand.NewPCG(5, uint64(round)))
		var list []*ir.RegexExpr
		texts := []string{"", "a", "\n", "a\n", "\na", "\n\n", " ", "é", "k", "\u212a"}
		for len(list) < 400 {
			e := &ir.RegexExpr{Text: randomRegex(r, 1+r.IntN(5)), IgnoreCase: r.IntN(4) == 0, MultiLine: r.IntN(4) == 0, DotAll: r.IntN(4) == 0}
			if r.IntN(2) == 0 {
				e.Text = "^(?:" + e.Text + ")$"
			}
			parsed, err := syntax.Parse(e.Text, e.Syntax())
			if err != nil {
				continue
			}
			list = append(list, e)
			text := sample(r, parsed)
			if len(text) < 60 {
				texts = append(texts, text, mutate(r, text, alphabet))
			}
		}
		for range 300 {
			text := ""
			for range r.IntN(8) {
				text += string(alphabet[r.IntN(len(alphabet))])
			}
			texts = append(texts, text)
		}
		t.Run(fmt.Sprint("round ", round), func(t *testing.T) { agreeOnTexts(t, list, texts) })
	}
}

// Classes of any characters, with ends at and around the borders of UTF-8's lengths and of the surrogates.
func TestRegexOfClassesAgreesWithGoIntegration(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	borders := []rune{0, 0x1f, ' ', '~', 0x7f, 0x80, 0x7ff, 0x800, 0xfff, 0x1000, 0xd7ff, 0xd800, 0xdfff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x3ffff, 0x40000, 0xfffff, 0x100000, unicode.MaxRune}
	pick := func() rune {
		c := borders[r.IntN(len(borders))] + rune(r.IntN(5)) - 2
		if r.IntN(3) == 0 {
			c = rune(r.IntN(unicode.MaxRune + 1))
		}
		return max(0, min(c, unicode.MaxRune))
	}
	var list []*ir.RegexExpr
	for range 150 {
		lo, hi, one := pick(), pick(), pick()
		list = append(list, &ir.RegexExpr{
			Text:       fmt.Sprintf(`^[%s\x{%x}-\x{%x}\x{%x}]$`, []string{"", "^"}[r.IntN(2)], min(lo, hi), max(lo, hi), one),
			IgnoreCase: r.IntN(4) == 0,
		})
		if utf8.ValidRune(one) {
			list = append(list, &ir.RegexExpr{Text: fmt.Sprintf(`^\x{%x}$`, one), IgnoreCase: r.IntN(2) == 0})
		}
	}
	var texts []string
	for len(texts) < 1500 {
		if c := pick(); utf8.ValidRune(c) {
			texts = append(texts, string(c))
		}
	}
	for c := range rune(0x20000) {
		if f := unicode.SimpleFold(c); f != c && (c < 0x250 || r.IntN(10) == 0) {
			texts = append(texts, string(c), string(f))
			if len(list) < 400 {
				list = append(list, &ir.RegexExpr{Text: "^" + string(c) + "$", IgnoreCase: true})
			}
		}
	}
	agreeOnTexts(t, list, texts)
}
