package ddl

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// copied reads a tree that does not have AWS's folders from AWSLogs on: S3 access logs, which have none, and logs that
// somebody copied without them. The name of a file tells what it is.
func (in *inspector) copied(start string) (*Layout, error) {
	file, err := in.firstFile(start)
	if err != nil {
		return nil, err
	}
	if file == "" {
		return nil, fmt.Errorf("%w: there are no files in %q", ErrNothing, start)
	}
	name, folders := path.Base(file), split(path.Dir(file))
	if m := accessName.FindStringSubmatch(name); m != nil && (in.schema == "" || in.schema == "s3access") {
		in.access(folders, m[1])
		return &in.layout, nil
	}
	m := fileNames.FindStringSubmatch(name)
	if m == nil {
		return nil, fmt.Errorf("%w: there is neither a folder AWSLogs nor a file named as AWS does; the first is %s", ErrNothing, file)
	}
	service := fileServices[m[2]]
	if s := services[service]; in.schema != "" && in.schema != s {
		return nil, fmt.Errorf("%w of %s: %s is of %s", ErrNothing, in.schema, file, s)
	}
	in.layout.Schema = services[service]
	in.layout.Options.Accounts = []string{m[1]}
	in.notef("the logs are of %s and the account is %s: the file %s", in.layout.Schema, m[1], name)
	at := slices.IndexFunc(folders, func(f string) bool { return f == m[3] })
	if at < 0 {
		return nil, refusef("copy the logs with their folders from AWSLogs on", "%s does not lie in a folder of its region", file)
	}
	base := ""
	if at > 0 {
		base = strings.Join(folders[:at], "/") + "/"
	}
	in.layout.Options.Base = base
	in.notef("the folders from AWSLogs to %s are missing", service)
	// A start further down than the region counts as its folders.
	if strings.HasPrefix(start, base) {
		in.fixed = split(start[len(base):])
	}
	return &in.layout, in.below([]string{base}, 0)
}

// firstFile goes down the first folders to a file.
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

// access settles where S3 access logs lie: in folders of days, or all in one.
func (in *inspector) access(folders []string, before string) {
	in.layout.Schema = "s3access"
	in.notef("the logs are S3 access logs: files are named by time and a number")
	n := len(folders)
	if n >= 3 && isNumber(folders[n-3], 4) && isNumber(folders[n-2], 2) && isNumber(folders[n-1], 2) {
		in.layout.Profile = "s3access/athena"
		in.layout.Options.Prefix = strings.Join(folders[:n-3], "/")
		in.notef("they lie in folders of days below %q", in.layout.Options.Prefix)
		return
	}
	in.layout.Profile = "s3access/athena-unpartitioned"
	in.layout.Options.Prefix = strings.Join(folders, "/")
	in.notef("they lie in one folder, %q", in.layout.Options.Prefix)
	if before != "" {
		in.notef("their names begin with %q; a table takes whole folders, so other files there would be rows too", before)
	}
}
