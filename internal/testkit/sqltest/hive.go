package sqltest

import (
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
)

// HiveType returns a type with the names of Athena's catalog, in which JSON is a string.
func HiveType(t schema.Type) string {
	switch t.Kind {
	case schema.JSON:
		return "string"
	case schema.Array:
		return "array<" + HiveType(element(t)) + ">"
	case schema.Map:
		return "map<string," + HiveType(element(t)) + ">"
	case schema.Struct:
		var members []string
		for _, m := range t.Members {
			members = append(members, m.Name+":"+HiveType(m.Type))
		}
		return "struct<" + strings.Join(members, ",") + ">"
	case schema.Unknown, schema.Text, schema.Integer, schema.Double, schema.Boolean, schema.Timestamp, schema.Date:
	}
	if t.Word == schema.LiteralWord {
		return "string"
	}
	return t.String()
}
