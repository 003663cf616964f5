package engine

import (
	"net/url"
	"slices"
	"strings"
)

// NoValue is Hive's name for the partition of rows whose column is NULL. No condition on the column reads them.
const NoValue = "__HIVE_DEFAULT_PARTITION__"

// PartitionsOfPaths returns the values of columns in paths in Hive's form, year=2026/month=02, which is used for
// partitions and their folders. Values are unescaped; one may be NoValue. A column that no path contains is left out.
func PartitionsOfPaths(paths, columns []string) []PartitionColumn {
	var list []PartitionColumn
	for _, column := range columns {
		values := map[string]bool{}
		for _, path := range paths {
			for folder := range strings.SplitSeq(path, "/") {
				key, value, ok := strings.Cut(folder, "=")
				if !ok || !strings.EqualFold(key, column) {
					continue
				}
				if plain, err := url.PathUnescape(value); err == nil {
					value = plain
				}
				values[value] = true
			}
		}
		if len(values) > 0 {
			list = append(list, PartitionColumn{Name: column, Values: sortedKeys(values)})
		}
	}
	return list
}

func sortedKeys(set map[string]bool) []string {
	list := make([]string, 0, len(set))
	for text := range set { // Iteration order does not matter: the keys are sorted below.
		list = append(list, text)
	}
	slices.Sort(list)
	return list
}
