package cli

import (
	"errors"
	"fmt"
	pathpkg "path"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
)

// targetOption is one key of -O.
type targetOption struct {
	key, help string
	// flag is the equivalent flag, "" if there is none.
	flag string
	into func(f *convertFlags) *string
}

// targetOptions are the keys of -O. Keys that have an equivalent flag exist for users of other converters.
var targetOptions = []targetOption{
	{"aws_table_region", "region in the table names of the pipeline athena_security_lake_table_name", "", func(f *convertFlags) *string { return &f.tableRegion }},
	{"aws_table_version", "version in the same names, such as 2_0", "", func(f *convertFlags) *string { return &f.tableVersion }},
	{"region", "region of the table", "region", func(f *convertFlags) *string { return &f.region }},
	{"layout", "layout of the table", "layout", func(f *convertFlags) *string { return &f.layout }},
	{"time_field", "column with the time of an event", "", func(f *convertFlags) *string { return &f.timeField }},
	{"time_format", "what that column holds", "", func(f *convertFlags) *string { return &f.timeFormat }},
	{"table", "name of the table", "table", func(f *convertFlags) *string { return &f.table }},
	{"unmapped", "how to treat fields without a column", "unmapped", func(f *convertFlags) *string { return &f.unmapped }},
}

func optionKeys() []string {
	var keys []string
	for _, o := range targetOptions {
		keys = append(keys, o.key)
	}
	return keys
}

// applyOptions assigns the values of -O.
func (f *convertFlags) applyOptions() error {
	given := map[string]bool{}
	for _, text := range f.options {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return command.Usage("as in -O table=events", fmt.Errorf("-O %s is not KEY=VALUE", text))
		}
		if key == "schema" { // the old name
			key = "layout"
		}
		var option *targetOption
		for i := range targetOptions {
			if targetOptions[i].key == key {
				option = &targetOptions[i]
			}
		}
		if option == nil {
			help := "it takes " + strings.Join(optionKeys(), ", ")
			if near := diag.Near(key, optionKeys()); near != "" {
				help = "the nearest is " + near
			}
			return command.Usage(help, fmt.Errorf("-O: %q is not an option of %s", key, f.target))
		}
		if value == "" {
			return command.Usage("as in -O "+key+"=…", fmt.Errorf("-O %s has no value", key))
		}
		into := option.into(f)
		switch {
		case given[key]:
			return command.Usage("give it only once", fmt.Errorf("-O %s is given twice", key))
		case *into != "" && *into != value && (option.key != "unmapped" || *into != unmappedWays[0]):
			return command.Usage("give it only once", fmt.Errorf("-O %s and --%s have different values", key, option.flag))
		}
		given[key] = true
		*into = value
	}
	return nil
}

// checkPattern rejects a pattern that no name can match.
func checkPattern(pattern string) error {
	if _, err := pathpkg.Match(pattern, ""); err != nil {
		return command.Usage("as in --file-pattern 'aws_*.yml'", fmt.Errorf("--file-pattern: %q is not a pattern", pattern))
	}
	if strings.Contains(pattern, "/") {
		return command.Usage("name the folder as RULE", errors.New("--file-pattern is for names of files, without folders"))
	}
	return nil
}
