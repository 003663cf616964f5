package htmlreport

import (
	"fmt"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// scripts are the modules of the script, each after those that it imports.
var scripts = []string{"data", "details", "filter", "timeline", "list", "main"}

var (
	importLine = lazyre.New(`(?m)^import \{ (.*) \} from "\./([a-z]+)\.js";$`)
	exportLine = lazyre.New(`(?m)^export ((?:async )?(?:function|const) ([A-Za-z]+)\b)`)
)

// script returns all modules as one classic script. They are modules so that tools can check them one by one; but a file that was
// opened from a disk may not import others. So each module becomes a function that returns what the module exports, and
// imports become reads of these results.
var script = sync.OnceValues(joinScripts)

func joinScripts() (string, error) {
	var out strings.Builder
	out.WriteString("(() => {\n\"use strict\";\n")
	for _, name := range scripts {
		text, err := assets.ReadFile("assets/" + name + ".js")
		if err != nil {
			return "", err
		}
		code := importLine.ReplaceAllStringFunc(string(text), func(line string) string {
			parts := importLine.FindStringSubmatch(line)
			return fmt.Sprintf("const { %s } = %s;", strings.ReplaceAll(parts[1], " as ", ": "), parts[2])
		})
		var exported []string
		for _, parts := range exportLine.FindAllStringSubmatch(code, -1) {
			exported = append(exported, parts[2])
		}
		code = exportLine.ReplaceAllString(code, "$1")
		fmt.Fprintf(&out, "const %s = (() => {\n%s\nreturn { %s };\n})();\n", name, strings.TrimSpace(code), strings.Join(exported, ", "))
	}
	out.WriteString("})();\n")
	return out.String(), nil
}
