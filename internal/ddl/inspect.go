package ddl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Lister looks into a tree of folders, in a bucket or on this machine. Folders are named from the root of the tree, with a
// slash at their end; the root is "".
type Lister interface {
	// List gives the names of the folders and files directly in a folder, without their own folder and without slashes,
	// each sorted. Of many files some may be left out. A folder that does not exist is an error or empty.
	List(ctx context.Context, folder string) (folders, files []string, err error)
	// Head gives the first bytes of a file, at most n.
	Head(ctx context.Context, file string, n int) ([]byte, error)
}

// Layout is what Inspect found out.
type Layout struct {
	// Schema is the name of the log source. Profile is the full name of the only profile that fits, "" where Choose finds it.
	Schema, Profile string
	// Options are those that the folders tell: Prefix, Base, Organization, Accounts, Regions, VPCs, WebACL, From, Format.
	Options Options
	// Notes say what was concluded and from what, each a sentence.
	Notes []string
}

// ErrNothing says that no logs were recognised.
var ErrNothing = errors.New("no logs of a known layout")

// The limits keep an inspection short: it samples.
const (
	maxSampledAccounts = 10
	maxSearchDepth     = 4
	maxSearched        = 300
)

// services are the folders below an account in AWSLogs, and the schema of what lies there.
var services = map[string]string{
	"CloudTrail": "cloudtrail", "vpcflowlogs": "vpcflow", "vpcdnsquerylogs": "route53", "GuardDuty": "guardduty",
	"WAFLogs": "waf", "elasticloadbalancing": "alb", "aws-service=vpcflowlogs": "vpcflow",
}

// serviceFolders are the folders of a schema, the usual one first.
func serviceFolders(schemaName string) []string {
	var folders []string
	for _, folder := range []string{"CloudTrail", "vpcflowlogs", "aws-service=vpcflowlogs", "vpcdnsquerylogs", "GuardDuty", "WAFLogs", "elasticloadbalancing"} {
		if services[folder] == schemaName {
			folders = append(folders, folder)
		}
	}
	return folders
}

// Inspect reads a layout from the folder start on, which is "" or ends in a slash, and may lie anywhere in the tree, also
// below AWSLogs. The schema is the one that is looked for, "" for whatever is there. What is wanted, such as an account, is
// taken from known; the rest is found. A layout that can be read in two ways is a *RefusedError that says how to choose;
// without any known logs the error is ErrNothing.
func Inspect(ctx context.Context, l Lister, start, schemaName string, known Options) (*Layout, error) {
	in := inspector{ctx: ctx, lister: l, schema: schemaName, known: known}
	roots, err := in.roots(start)
	if err != nil {
		return nil, err
	}
	switch {
	case len(roots) > 1:
		return nil, refusef("inspect one of them", "there are logs in several places: %s", some(roots))
	case len(roots) == 0:
		return in.copied(start)
	}
	rest := ""
	if strings.HasPrefix(start, roots[0]) {
		rest = start[len(roots[0]):]
	}
	in.layout.Options.Prefix = strings.TrimSuffix(strings.TrimSuffix(roots[0], "AWSLogs/"), "/")
	if prefix := in.layout.Options.Prefix; prefix != "" {
		in.notef("the prefix is %s", prefix)
	}
	in.fixed = split(rest)
	if err := in.delivered(roots[0]); err != nil {
		return nil, err
	}
	if in.partly {
		in.layout.Options.Regions, in.layout.Options.From = nil, time.Time{}
	}
	return &in.layout, nil
}

// inspector is one inspection.
type inspector struct {
	ctx    context.Context
	lister Lister
	schema string
	known  Options
	layout Layout
	// partly says that some accounts were not looked into, so that their regions and days are not known.
	partly bool
	// fixed are the folders below AWSLogs that the start names already; the levels take them before they list.
	fixed []string
}

func (in *inspector) notef(format string, args ...any) {
	in.layout.Notes = append(in.layout.Notes, fmt.Sprintf(format, args...))
}

func split(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// roots are the folders called AWSLogs: the one that the start lies in, else those below it.
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

// level gives the folders of the next level: the one that the start names, else those that are there.
func (in *inspector) level(folder string, depth int) ([]string, error) {
	if depth < len(in.fixed) {
		return []string{in.fixed[depth]}, nil
	}
	folders, _, err := in.lister.List(in.ctx, folder)
	return folders, err
}

// delivered reads a tree that AWS wrote, from AWSLogs on.
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
		return refusef(fmt.Sprintf("as in --organization %s; or --accounts for the folders beside it", organizations[0]),
			"%s holds logs in folders of organisations and of accounts: %s", root, some(append(organizations, accounts...)))
	case len(organizations) == 1:
		in.layout.Options.Organization = organizations[0]
		in.notef("it is the trail of the organisation %s", organizations[0])
		root += organizations[0] + "/"
		depth++
		if names, err = in.level(root, depth); err != nil {
			return err
		}
		accounts = accountFolders(names)
	}
	accounts = matching(accounts, in.wantsAccount)
	if len(accounts) == 0 {
		return fmt.Errorf("%w: %s has no folder of an account, or of none that was named", ErrNothing, root)
	}
	depth++
	found, err := in.services(root, accounts, depth)
	if err != nil {
		return err
	}
	return in.service(root, found, depth+1)
}

// wantsAccount tells whether a folder is of an account that was named, if any were.
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

// hiveAccount is what folders of accounts begin with where they are named for Hive.
const hiveAccount = "aws-account-id="

func accountID(folder string) string { return strings.TrimPrefix(folder, hiveAccount) }

func accountFolders(names []string) []string {
	return matching(names, func(name string) bool { return validAccount.MatchString(accountID(name)) })
}

// sampled is what the first accounts hold.
type sampled struct {
	// accounts are all, as folders; by are the sampled ones that hold a service, by its folder.
	accounts []string
	by       map[string][]string
}

func (in *inspector) services(root string, accounts []string, depth int) (*sampled, error) {
	found := &sampled{accounts: accounts, by: map[string][]string{}}
	for i, account := range accounts {
		if i >= maxSampledAccounts && len(found.by) > 0 {
			in.partly = true
			in.notef("only the first %d of %d accounts were looked into, so regions and the first day are left open",
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

// service settles which log it is, and goes on below it.
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
		return fmt.Errorf("%w of %s below %s", ErrNothing, in.schema, root)
	case len(schemas) == 0:
		return fmt.Errorf("%w below %s", ErrNothing, root)
	case len(different) > 1:
		return refusef("name the one to make a table of, as in: egret table ddl "+different[0]+" --inspect …",
			"%s holds several kinds of logs: %s", root, strings.Join(different, ", "))
	case len(folders) > 1:
		return refusef("inspect one of the folders "+strings.Join(folders, ", "), "%s holds flow logs in two layouts", root)
	}
	folder := folders[0]
	in.layout.Schema = schemas[0]
	in.notef("the logs are of %s, in %s%s/%s", schemas[0], root, found.by[folder][0], folder)
	holders := found.by[folder]
	if strings.HasPrefix(folder, "aws-service=") {
		return in.hive(root+holders[0]+"/"+folder+"/", depth)
	}
	in.layout.Options.Accounts = slices.Clone(holders)
	if in.partly {
		in.layout.Options.Accounts = slices.Clone(found.accounts)
	}
	in.notef("%s", counted("account", in.layout.Options.Accounts))
	var bases []string
	for _, account := range holders {
		bases = append(bases, root+account+"/"+folder+"/")
	}
	return in.below(bases, depth)
}

// counted names a few things, or counts many.
func counted(what string, values []string) string {
	switch {
	case len(values) == 1:
		return fmt.Sprintf("the %s is %s", what, values[0])
	case len(values) > maxNamed:
		return fmt.Sprintf("there are %d %ss", len(values), what)
	}
	return fmt.Sprintf("the %ss are %s", what, strings.Join(values, ", "))
}

// maxNamed is how many names a message holds.
const maxNamed = 20

// some names the first few.
func some(names []string) string {
	if len(names) > maxNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
	}
	return strings.Join(names, ", ")
}
