package value

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// The test puts each kind of character at each position of a word, since AppendQuoted processes eight bytes at a time.
func TestQuotedTextsAreReadAgain(t *testing.T) {
	escapes := map[string]int{"\"": 1, "\\": 2, "\x00": 1, "\x1f": 1, "\n": 1, "\b": 1} // backslashes in what is written
	for _, special := range []string{"", "\"", "\\", "\x00", "\x1f", "\n", "\b", " ", "\x7f", "é", "\u2028", "😀", "\xff", "\xc3"} {
		for before := range 20 {
			for _, after := range []int{0, 1, 7, 8, 20} {
				text := strings.Repeat("a", before) + special + strings.Repeat("[", after)
				quoted := AppendQuoted([]byte("x"), []byte(text))
				var got string
				if err := json.Unmarshal(quoted[1:], &got); err != nil {
					t.Fatalf("%q became %s: %v", text, quoted, err)
				}
				if want := strings.ToValidUTF8(text, "\ufffd"); got != want {
					t.Fatalf("%q became %s, which reads %q", text, quoted, got)
				}
				if n := strings.Count(string(quoted), `\`); n != escapes[special] {
					t.Fatalf("%q became %s, with %d backslashes", text, quoted, n)
				}
				doc, err := new(Parser).Parse(fmt.Appendf(nil, "[%s]", quoted[1:]))
				if err != nil {
					t.Fatal(err)
				}
				if again := doc.AppendJSON(nil, 0); string(again) != "["+string(quoted[1:])+"]" {
					t.Fatalf("%s was written as %s", quoted, again)
				}
			}
		}
	}
}
