package testkit

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/egret-hunt/egret/internal/stixmatch"
)

// STIXWords are the object paths of observations with the values they have there, so that random patterns often match.
type STIXWords struct {
	paths  []string
	values map[string][]any
	times  []time.Time
}

// NewSTIXWords collects the words of observations, in which objects are numbered.
func NewSTIXWords(list []*stixmatch.Observation) *STIXWords {
	w := &STIXWords{values: map[string][]any{}}
	for _, o := range list {
		w.times = append(w.times, o.First, o.Last)
		for _, key := range slices.Sorted(maps.Keys(o.Objects)) {
			w.add(o, o.Objects[key].Type()+":", map[string]any(o.Objects[key]), 1)
		}
	}
	w.paths = slices.Sorted(maps.Keys(w.values))
	return w
}

// add adds the properties of an object, and those of objects that it refers to.
func (w *STIXWords) add(o *stixmatch.Observation, before string, object map[string]any, follow int) {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		name := key
		if strings.ContainsAny(key, "-. '") {
			name = stixQuote(key)
		}
		w.value(o, before+name, object[key], strings.HasSuffix(key, "_ref") || strings.HasSuffix(key, "_refs"), follow)
	}
}

func (w *STIXWords) value(o *stixmatch.Observation, path string, v any, ref bool, follow int) {
	switch v := v.(type) {
	case map[string]any:
		w.add(o, path+".", v, follow)
	case []any:
		for _, e := range v {
			w.value(o, path+"[*]", e, ref, follow)
		}
	case string:
		if target := o.Objects[v]; ref && target != nil {
			if follow > 0 {
				w.add(o, path+".", map[string]any(target), follow-1)
			}
			return
		}
		w.values[path] = append(w.values[path], v)
	default:
		w.values[path] = append(w.values[path], v)
	}
}

// Pattern writes a random pattern that the grammar of STIX 2.1 allows. Some have no meaning.
func (w *STIXWords) Pattern(rng *rand.Rand) string { return w.observations(rng, 2) }

// Comparisons returns comparisons of each path with the texts that it has, and with the networks of addresses, sorted and each once.
func (w *STIXWords) Comparisons() []string {
	seen := map[string]bool{}
	// Iteration order does not matter: the result is sorted.
	for path, values := range w.values {
		for _, v := range values {
			text, ok := v.(string)
			if !ok {
				continue
			}
			seen[path+" = "+stixQuote(text)] = true
			address, err := netip.ParseAddr(text)
			if err != nil {
				continue
			}
			if network, err := address.Prefix(address.BitLen() * 3 / 4); err == nil {
				seen[path+" ISSUBSET "+stixQuote(network.String())] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func (w *STIXWords) observations(rng *rand.Rand, depth int) string {
	n := rng.IntN(20)
	switch {
	case depth == 0 || n < 11:
		return "[" + w.condition(rng, 2) + "]"
	case n < 13:
		return fmt.Sprintf("(%s) REPEATS %d TIMES", w.observations(rng, depth-1), 1+rng.IntN(3))
	case n < 14:
		return fmt.Sprintf("(%s) WITHIN %d SECONDS", w.observations(rng, depth-1), pick(rng, []int{1, 60, 600, 3600, 7200}))
	case n < 15:
		start, stop := w.time(rng), w.time(rng)
		if stop.Before(start) {
			start, stop = stop, start
		}
		return fmt.Sprintf("(%s) START %s STOP %s", w.observations(rng, depth-1), stixTime(start), stixTime(stop.Add(time.Second)))
	}
	operator := pick(rng, []string{"AND", "OR", "OR", "FOLLOWEDBY", "FOLLOWEDBY"})
	return fmt.Sprintf("(%s %s %s)", w.observations(rng, depth-1), operator, w.observations(rng, depth-1))
}

func (w *STIXWords) time(rng *rand.Rand) time.Time {
	if len(w.times) == 0 {
		return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	}
	return pick(rng, w.times)
}

func stixTime(t time.Time) string { return "t'" + t.UTC().Format("2006-01-02T15:04:05.999Z") + "'" }

func (w *STIXWords) condition(rng *rand.Rand, depth int) string {
	if n := rng.IntN(10); depth > 0 && n < 5 {
		operator := pick(rng, []string{"AND", "OR"})
		return "(" + w.condition(rng, depth-1) + " " + operator + " " + w.condition(rng, depth-1) + ")"
	}
	path := pick(rng, w.paths)
	if chance(rng, 40) {
		path += pick(rng, []string{".y", "[0]", "[*]"})
	}
	if chance(rng, 15) {
		return pick(rng, []string{"", "NOT "}) + "EXISTS " + path
	}
	not := ""
	if chance(rng, 6) {
		not = "NOT "
	}
	switch v := w.valueOf(rng, path).(type) {
	case string:
		return path + " " + not + stixText(rng, v)
	case bool:
		return path + " " + not + pick(rng, []string{"=", "!=", "="}) + fmt.Sprintf(" %v", v)
	default:
		return path + " " + not + stixNumber(rng, fmt.Sprint(v))
	}
}

// valueOf returns a value of the path, or now and then one of another path.
func (w *STIXWords) valueOf(rng *rand.Rand, path string) any {
	if w.values[path] == nil || chance(rng, 12) {
		path = pick(rng, w.paths)
	}
	return pick(rng, w.values[path])
}

// stixNumber writes an operator and its operand for a number.
func stixNumber(rng *rand.Rand, text string) string {
	if _, err := json.Number(text).Int64(); err != nil || chance(rng, 10) {
		text = pick(rng, []string{"0", "1", "6", "443", "1.5", "-1", "22.0", "'22'", "9007199254740993"})
	}
	if chance(rng, 4) {
		return "IN (" + text + ", " + pick(rng, []string{"0", "1", "22", "443", "6"}) + ")"
	}
	return pick(rng, []string{"=", "=", "!=", "<", "<=", ">", ">="}) + " " + text
}

// stixText writes an operator and its operand for a text.
func stixText(rng *rand.Rand, text string) string {
	if chance(rng, 12) {
		text = pick(rng, []string{strings.ToUpper(text), strings.ToLower(text), text + ".", "", norm.NFD.String(text), text + "\u212A", "é", "e\u0301", "%", "'\\"})
	}
	switch rng.IntN(12) {
	case 0:
		return "!= " + stixQuote(text)
	case 1:
		return pick(rng, []string{"<", "<=", ">", ">="}) + " " + stixQuote(text)
	case 2:
		return "IN (" + stixQuote(text) + ", " + stixQuote(pick(rng, hot)) + ")"
	case 3, 4:
		return "LIKE " + stixQuote(blurred(rng, text, "%", "_"))
	case 5:
		return "MATCHES " + stixQuote(stixRegex(rng, text))
	case 6, 7:
		if address := networkOf(rng, text); address != "" {
			return pick(rng, []string{"ISSUBSET ", "ISSUBSET ", "ISSUPERSET "}) + stixQuote(address)
		}
	case 8:
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return pick(rng, []string{"=", "!=", "<", ">="}) + " " + stixTime(t)
		}
	}
	return "= " + stixQuote(text)
}

func stixQuote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// blurred replaces a part of a text by wildcards.
func blurred(rng *rand.Rand, text, many, one string) string {
	runes := []rune(text)
	if len(runes) == 0 {
		return many
	}
	from := rng.IntN(len(runes))
	to := from + rng.IntN(len(runes)-from+1)
	if chance(rng, 3) {
		to = from + 1
		return string(runes[:from]) + one + string(runes[to:])
	}
	return string(runes[:from]) + many + string(runes[to:])
}

// stixRegex returns an expression that often matches a text.
func stixRegex(rng *rand.Rand, text string) string {
	quoted := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
		return b.String()
	}
	runes := []rune(text)
	half := string(runes[:len(runes)/2])
	return pick(rng, []string{
		"^" + quoted(text) + "$", quoted(half), "^" + quoted(half) + ".*$", "(?i)" + quoted(strings.ToUpper(half)), "[a-f0-9]{4,}", `\d+\.\d`, "^$",
		quoted(half) + "|x$", `^\w+$`, "[^a-z]",
	})
}

// networkOf returns a network around an address, "" if the text is none.
func networkOf(rng *rand.Rand, text string) string {
	switch {
	case strings.Count(text, ".") == 3 && !strings.ContainsAny(text, "/:abcdefghijklmnopqrstuvwxyz"):
		return text + pick(rng, []string{"", "/32", "/24", "/16", "/8", "/31", "/0", "/13"})
	case strings.Count(text, ":") > 1 && !strings.ContainsAny(text, "/.ghijklmnopqrstuvwxyzA"):
		return text + pick(rng, []string{"", "/128", "/64", "/32", "/127", "/0", "/45"})
	}
	return ""
}
