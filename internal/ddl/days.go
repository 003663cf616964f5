package ddl

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// below reads the folders below the service's folder: regions or VPCs, web ACLs, days.
func (in *inspector) below(bases []string, depth int) error {
	o := &in.inspection.Options
	is, list, what := func(name string) bool { return validRegion.MatchString(name) || name == global }, &o.Regions, "region"
	if in.inspection.Schema == "route53" {
		is, list, what = validVPC.MatchString, &o.VPCs, "VPC"
	}
	var days []string
	for _, base := range bases {
		names, err := in.level(base, depth)
		if err != nil {
			return err
		}
		for _, name := range matching(names, is) {
			if what == "region" && len(in.known.Regions) > 0 && !slices.Contains(in.known.Regions, name) {
				continue
			}
			*list = append(*list, name)
			days = append(days, base+name+"/")
		}
	}
	slices.Sort(*list)
	*list = slices.Compact(*list)
	if len(*list) == 0 {
		return fmt.Errorf("%w: %s has no folder for a %s", ErrNothing, bases[0], what)
	}
	if !in.partly {
		in.notef("%s", counted(what, *list))
	}
	depth++
	if in.inspection.Schema == "waf" {
		var err error
		if days, err = in.webACL(days, depth); err != nil {
			return err
		}
		depth++
	}
	return in.days(days, depth)
}

// webACL determines the web ACL of the logs from the name of the folder.
func (in *inspector) webACL(regions []string, depth int) ([]string, error) {
	by := map[string][]string{}
	var names []string
	for _, region := range regions {
		list, err := in.level(region, depth)
		if err != nil {
			return nil, err
		}
		for _, name := range list {
			if in.known.WebACL != "" && name != in.known.WebACL {
				continue
			}
			by[name] = append(by[name], region+name+"/")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	switch len(names) {
	case 0:
		return nil, fmt.Errorf("%w: %s has no folder for a web ACL", ErrNothing, regions[0])
	case 1:
		in.inspection.Options.WebACL = names[0]
		in.notef("the web ACL is %s", names[0])
		var kept []string
		for _, folder := range by[names[0]] {
			parts := split(folder)
			kept = append(kept, parts[len(parts)-2])
		}
		slices.Sort(kept)
		in.inspection.Options.Regions = slices.Compact(kept)
		return by[names[0]], nil
	}
	return nil, refusef("for example --web-acl "+names[0], "found logs of %d web ACLs, but a table covers one: %s", len(names), some(names))
}

// days finds the first day below the folders and inspects one of its files.
func (in *inspector) days(folders []string, depth int) error {
	first := ""
	for _, digits := range []int{4, 2, 2} {
		least, kept := "", []string{}
		for _, folder := range folders {
			names, err := in.level(folder, depth)
			if err != nil {
				return err
			}
			numbers := matching(names, func(name string) bool { return isNumber(name, digits) })
			if len(numbers) == 0 {
				continue
			}
			switch least0 := slices.Min(numbers); {
			case least == "" || least0 < least:
				least, kept = least0, []string{folder + least0 + "/"}
			case least0 == least:
				kept = append(kept, folder+least0+"/")
			}
		}
		if least == "" {
			return fmt.Errorf("%w: %s has no day folders", ErrNothing, folders[0])
		}
		first += least
		folders = kept
		depth++
	}
	day, err := time.Parse("20060102", first)
	if err != nil {
		return fmt.Errorf("%w: %s is not a day", ErrNothing, folders[0])
	}
	if len(in.fixed) < depth-2 && !in.partly { // a start inside one year or month may not contain the first day
		in.inspection.Options.From = day
		in.notef("the first day is %s", day.Format(time.DateOnly))
	}
	return in.files(folders[0])
}

func isNumber(text string, digits int) bool {
	return len(text) == digits && strings.Trim(text, "0123456789") == ""
}
