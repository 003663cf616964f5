package ddl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Lister lists a tree of folders, in a bucket or on this machine. A folder is named by its path from the root with a
// slash at its end; the root is "".
type Lister interface {
	// List returns the names of the folders and files directly in a folder, without the path and without slashes, each
	// list sorted. It may leave out some of many files. For a folder that does not exist it returns an error or empty
	// lists.
	List(ctx context.Context, folder string) (folders, files []string, err error)
	// Head returns at most the first n bytes of a file.
	Head(ctx context.Context, file string, n int) ([]byte, error)
}

// A Inspection is the result of Inspect.
type Inspection struct {
	// Schema is the name of the log source. Layout is the full name of the only layout that fits, or "" if Choose
	// must select it.
	Schema, Layout string
	// Options holds what the folders show: Prefix, Base, Organization, Accounts, Regions, VPCs, WebACL, From, Format.
	Options Options
	// Notes are sentences about what was concluded and from what.
	Notes []string
}

// ErrNothing means that Inspect recognized no logs.
var ErrNothing = errors.New("no logs of a known layout")

// The limits keep an inspection short: it looks at a sample only.
const (
	maxSampledAccounts = 10
	maxSearchDepth     = 4
	maxSearched        = 300
)

// services maps the folders below an account in AWSLogs to the schema of their logs.
var services = map[string]string{
	"CloudTrail": "cloudtrail", "vpcflowlogs": "vpcflow", "vpcdnsquerylogs": "route53", "GuardDuty": "guardduty",
	"WAFLogs": "waf", "elasticloadbalancing": "alb", "aws-service=vpcflowlogs": "vpcflow",
}

// serviceFolders returns the folder names of a schema, the usual one first.
func serviceFolders(schemaName string) []string {
	var folders []string
	for _, folder := range []string{"CloudTrail", "vpcflowlogs", "aws-service=vpcflowlogs", "vpcdnsquerylogs", "GuardDuty", "WAFLogs", "elasticloadbalancing"} {
		if services[folder] == schemaName {
			folders = append(folders, folder)
		}
	}
	return folders
}

// Inspect reads the layout of the logs below the folder start, which is "" or ends in a slash. It may be any folder of
// the tree, including one below AWSLogs. schemaName is the wanted log source, "" for any. Values in known, such as an
// account, select among the folders; the other values are found. If several layouts are possible, the error is a
// *RefusedError that says how to choose; if there are no known logs, it is ErrNothing.
func Inspect(ctx context.Context, l Lister, start, schemaName string, known Options) (*Inspection, error) {
	in := inspector{ctx: ctx, lister: l, schema: schemaName, known: known}
	roots, err := in.roots(start)
	if err != nil {
		return nil, err
	}
	switch {
	case len(roots) > 1:
		return nil, refusef("inspect one of them", "found logs in several folders: %s", some(roots))
	case len(roots) == 0:
		return in.copied(start)
	}
	rest := ""
	if strings.HasPrefix(start, roots[0]) {
		rest = start[len(roots[0]):]
	}
	in.inspection.Options.Prefix = strings.TrimSuffix(strings.TrimSuffix(roots[0], "AWSLogs/"), "/")
	if prefix := in.inspection.Options.Prefix; prefix != "" {
		in.notef("the prefix is %s", prefix)
	}
	in.fixed = split(rest)
	if err := in.delivered(roots[0]); err != nil {
		return nil, err
	}
	if in.partly {
		in.inspection.Options.Regions, in.inspection.Options.From = nil, time.Time{}
	}
	return &in.inspection, nil
}

// inspector is the state of one inspection.
type inspector struct {
	ctx        context.Context
	lister     Lister
	schema     string
	known      Options
	inspection Inspection
	// partly means that some accounts were skipped, so that not all of their regions and days are known.
	partly bool
	// fixed has the folders between AWSLogs and the start; level returns them instead of a listing.
	fixed []string
}

func (in *inspector) notef(format string, args ...any) {
	in.inspection.Notes = append(in.inspection.Notes, fmt.Sprintf(format, args...))
}

func split(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// roots returns the AWSLogs folders: the one that contains the start, or else those below it.
func (in *inspector) roots(start string) ([]string, error) {
	if at := strings.Index("/"+start, "/AWSLogs/"); at >= 0 {
		return []string{start[:at+len("AWSLogs/")]}, nil
	}
	var roots []string
	level := []string{start}
	searched := 0
	for depth := 0; depth < maxSearchDepth && len(level) > 0 && len(roots) == 0; depth++ {
		var next []string
		for _, folder := range level {
			if searched++; searched > maxSearched {
				break
			}
			folders, _, err := in.lister.List(in.ctx, folder)
			if err != nil {
				return nil, err
			}
			for _, name := range folders {
				if name == "AWSLogs" {
					roots = append(roots, folder+"AWSLogs/")
				} else {
					next = append(next, folder+name+"/")
				}
			}
		}
		level = next
	}
	return roots, nil
}

// level returns the folders at the next level: the one on the path to the start, or else a listing.
func (in *inspector) level(folder string, depth int) ([]string, error) {
	if depth < len(in.fixed) {
		return []string{in.fixed[depth]}, nil
	}
	folders, _, err := in.lister.List(in.ctx, folder)
	return folders, err
}

// delivered reads a tree in AWS's layout from AWSLogs on.
func (in *inspector) delivered(root string) error {
	depth := 0
	names, err := in.level(root, depth)
	if err != nil {
		return err
	}
	organizations, accounts := matching(names, validOrganization.MatchString), accountFolders(names)
	switch {
	case in.schema != "" && in.schema != "cloudtrail":
		organizations = nil // only trails have such folders
	case in.known.Organization != "":
		organizations, accounts = matching(organizations, func(o string) bool { return o == in.known.Organization }), nil
	case len(matching(accounts, in.wantsAccount)) > 0 && len(in.known.Accounts) > 0:
		organizations = nil
	}
	switch {
	case len(organizations) > 1, len(organizations) == 1 && len(accounts) > 0:
		return refusef(fmt.Sprintf("for example --organization %s, or --accounts for the account folders", organizations[0]),
			"%s has logs in folders of organisations and accounts: %s", root, some(append(organizations, accounts...)))
	case len(organizations) == 1:
		in.inspection.Options.Organization = organizations[0]
		in.notef("the logs are from the trail of organisation %s", organizations[0])
		root += organizations[0] + "/"
		depth++
		if names, err = in.level(root, depth); err != nil {
			return err
		}
		accounts = accountFolders(names)
	}
	accounts = matching(accounts, in.wantsAccount)
	if len(accounts) == 0 {
		return fmt.Errorf("%w: %s has no folder for an account, or none for those given", ErrNothing, root)
	}
	depth++
	found, err := in.services(root, accounts, depth)
	if err != nil {
		return err
	}
	return in.service(root, found, depth+1)
}

// wantsAccount reports whether a folder belongs to one of the given accounts, or true if none were given.
func (in *inspector) wantsAccount(folder string) bool {
	return len(in.known.Accounts) == 0 || slices.Contains(in.known.Accounts, accountID(folder))
}

func matching(names []string, is func(string) bool) []string {
	var kept []string
	for _, name := range names {
		if is(name) {
			kept = append(kept, name)
		}
	}
	return kept
}

// hiveAccount begins the names of account folders in the Hive style.
const hiveAccount = "aws-account-id="

func accountID(folder string) string { return strings.TrimPrefix(folder, hiveAccount) }

func accountFolders(names []string) []string {
	return matching(names, func(name string) bool { return validAccount.MatchString(accountID(name)) })
}

// sampled holds what was found in a sample of accounts: the first ones of the list.
type sampled struct {
	// accounts has all account folders; by has the sampled ones that contain a service, by the service's folder.
	accounts []string
	by       map[string][]string
}

func (in *inspector) services(root string, accounts []string, depth int) (*sampled, error) {
	found := &sampled{accounts: accounts, by: map[string][]string{}}
	for i, account := range accounts {
		if i >= maxSampledAccounts && len(found.by) > 0 {
			in.partly = true
			in.notef("only the first %d of %d accounts were inspected, so the regions and the first day are not set",
				maxSampledAccounts, len(accounts))
			break
		}
		names, err := in.level(root+account+"/", depth)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if s := services[name]; s != "" && (in.schema == "" || in.schema == s) {
				found.by[name] = append(found.by[name], account)
			}
		}
	}
	return found, nil
}

// service determines the log source and continues below its folder.
func (in *inspector) service(root string, found *sampled, depth int) error {
	var schemas, folders []string
	for _, s := range []string{"cloudtrail", "vpcflow", "route53", "guardduty", "waf", "alb"} {
		for _, folder := range serviceFolders(s) {
			if len(found.by[folder]) > 0 {
				folders = append(folders, folder)
				schemas = append(schemas, s)
			}
		}
	}
	different := slices.Compact(slices.Clone(schemas))
	switch {
	case len(schemas) == 0 && in.schema != "":
		return fmt.Errorf("%w for %s below %s", ErrNothing, in.schema, root)
	case len(schemas) == 0:
		return fmt.Errorf("%w below %s", ErrNothing, root)
	case len(different) > 1:
		return refusef("choose one for the table, for example: egret table ddl "+different[0]+" --inspect …",
			"%s has logs of several sources: %s", root, strings.Join(different, ", "))
	case len(folders) > 1:
		return refusef("inspect one of the folders "+strings.Join(folders, ", "), "%s has flow logs in two layouts", root)
	}
	folder := folders[0]
	in.inspection.Schema = schemas[0]
	in.notef("the log source is %s, in %s%s/%s", schemas[0], root, found.by[folder][0], folder)
	holders := found.by[folder]
	if strings.HasPrefix(folder, "aws-service=") {
		return in.hive(root+holders[0]+"/"+folder+"/", depth)
	}
	in.inspection.Options.Accounts = slices.Clone(holders)
	if in.partly {
		in.inspection.Options.Accounts = slices.Clone(found.accounts)
	}
	in.notef("%s", counted("account", in.inspection.Options.Accounts))
	var bases []string
	for _, account := range holders {
		bases = append(bases, root+account+"/"+folder+"/")
	}
	return in.below(bases, depth)
}

// counted lists a few values, or counts them if there are many.
func counted(what string, values []string) string {
	switch {
	case len(values) == 1:
		return fmt.Sprintf("the %s is %s", what, values[0])
	case len(values) > maxNamed:
		return fmt.Sprintf("there are %d %ss", len(values), what)
	}
	return fmt.Sprintf("the %ss are %s", what, strings.Join(values, ", "))
}

// maxNamed is the number of names that a message lists.
const maxNamed = 20

// some lists the first names and counts the rest.
func some(names []string) string {
	if len(names) > maxNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
	}
	return strings.Join(names, ", ")
}
