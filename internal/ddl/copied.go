package ddl

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// copied reads a tree without AWS's folders from AWSLogs on: S3 access logs, which have none, and logs that were copied
// without them. The name of a file shows which log it is.
func (in *inspector) copied(start string) (*Inspection, error) {
	file, err := in.firstFile(start)
	if err != nil {
		return nil, err
	}
	if file == "" {
		return nil, fmt.Errorf("%w: no files in %q", ErrNothing, start)
	}
	name, folders := path.Base(file), split(path.Dir(file))
	if m := accessName.FindStringSubmatch(name); m != nil && (in.schema == "" || in.schema == "s3access") {
		in.access(folders, m[1])
		return &in.inspection, nil
	}
	m := fileNames.FindStringSubmatch(name)
	if m == nil {
		return nil, fmt.Errorf("%w: found no folder AWSLogs and no file with a name that AWS gives; the first file is %s", ErrNothing, file)
	}
	service := fileServices[m[2]]
	if s := services[service]; in.schema != "" && in.schema != s {
		return nil, fmt.Errorf("%w for %s: %s is a file of %s", ErrNothing, in.schema, file, s)
	}
	in.inspection.Schema = services[service]
	in.inspection.Options.Accounts = []string{m[1]}
	in.notef("the log source is %s and the account is %s, from the file name %s", in.inspection.Schema, m[1], name)
	at := slices.IndexFunc(folders, func(f string) bool { return f == m[3] })
	if at < 0 {
		return nil, refusef("copy the logs together with their folders, starting with AWSLogs", "%s is not in a folder for its region", file)
	}
	base := ""
	if at > 0 {
		base = strings.Join(folders[:at], "/") + "/"
	}
	in.inspection.Options.Base = base
	in.notef("the folders from AWSLogs to %s are missing", service)
	// A start below the region counts as the folders of the region.
	if strings.HasPrefix(start, base) {
		in.fixed = split(start[len(base):])
	}
	return &in.inspection, in.below([]string{base}, 0)
}

// firstFile descends into the first folder at each level until it finds a file.
func (in *inspector) firstFile(start string) (string, error) {
	folder := start
	for range 2 * maxSearchDepth {
		folders, files, err := in.lister.List(in.ctx, folder)
		if err != nil {
			return "", err
		}
		for _, file := range files {
			if fileNames.MatchString(file) || accessName.MatchString(file) {
				return folder + file, nil
			}
		}
		if len(folders) == 0 {
			if len(files) > 0 {
				return folder + files[0], nil
			}
			return "", nil
		}
		folder += folders[0] + "/"
	}
	return "", nil
}

// access determines where S3 access logs are: in day folders, or all in one folder.
func (in *inspector) access(folders []string, before string) {
	in.inspection.Schema = "s3access"
	in.notef("the logs are S3 access logs, from the time and number in the file names")
	n := len(folders)
	if n >= 3 && isNumber(folders[n-3], 4) && isNumber(folders[n-2], 2) && isNumber(folders[n-1], 2) {
		in.inspection.Layout = "s3access/athena"
		in.inspection.Options.Prefix = strings.Join(folders[:n-3], "/")
		in.notef("the logs are in day folders below %q", in.inspection.Options.Prefix)
		return
	}
	in.inspection.Layout = "s3access/athena-unpartitioned"
	in.inspection.Options.Prefix = strings.Join(folders, "/")
	in.notef("the logs are in the folder %q", in.inspection.Options.Prefix)
	if before != "" {
		in.notef("the file names begin with %q; a table covers whole folders, so other files there would become rows too", before)
	}
}
