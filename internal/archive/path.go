package archive

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxElement is the longest element of a path, in bytes, that common file systems take.
const maxElement = 255

// reserved are names that Windows gives to devices, whatever extension follows.
var reserved = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true, "conin$": true, "conout$": true,
	"com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
}

// plainPath returns the path of an entry without "./" and final slashes, or the reason why it is refused. The root of the
// archive is ".".
func plainPath(name string, depth int) (clean, reason string) {
	switch {
	case name == "":
		return "", "no name"
	case !utf8.ValidString(name):
		return "", "the name is not UTF-8"
	case strings.HasPrefix(name, "/"):
		return "", "absolute path"
	case strings.ContainsRune(name, '\\'):
		return "", "backslash in the path"
	}
	elements := strings.Split(strings.TrimSuffix(name, "/"), "/")
	kept := elements[:0]
	for _, element := range elements {
		if element == "." {
			continue
		}
		if reason := elementFault(element); reason != "" {
			return "", reason
		}
		kept = append(kept, element)
	}
	if len(kept) > depth {
		return "", fmt.Sprintf("more than %d folders deep", depth)
	}
	if len(kept) == 0 {
		return ".", ""
	}
	return path.Join(kept...), ""
}

// elementFault returns why a file system might not take an element of a path, or might take it for another; "" if it is fine.
func elementFault(element string) string {
	base, _, _ := strings.Cut(element, ".")
	switch {
	case element == "":
		return "empty element in the path"
	case element == "..":
		return "the path leaves the folder"
	case len(element) > maxElement:
		return fmt.Sprintf("a name of more than %d bytes", maxElement)
	case strings.ContainsFunc(element, unicode.IsControl):
		return "control character in the path"
	case strings.ContainsAny(element, `<>:"|?*`):
		return "a character in the path that Windows does not allow"
	case strings.HasSuffix(element, "."), strings.HasSuffix(element, " "):
		return "a name that ends with a dot or a space"
	case reserved[strings.ToLower(strings.TrimRight(base, " "))]:
		return "a name that Windows reserves"
	}
	return ""
}
