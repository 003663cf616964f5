package ddl

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// headBytes is how much of a file is read: more than the longest header of a flow log, packed.
const headBytes = 64 << 10

// sample is a file below a day's folder, "" if there is none, and whether it lies in a folder of an hour.
func (in *inspector) sample(day string) (file string, hourly bool, err error) {
	folder := day
	for range 4 {
		folders, files, err := in.lister.List(in.ctx, folder)
		if err != nil {
			return "", false, err
		}
		if len(files) > 0 {
			return folder + files[0], hourly, nil
		}
		if len(folders) == 0 {
			return "", false, nil
		}
		hourly = hourly || isNumber(folders[0], 2) || strings.HasPrefix(folders[0], "hour=")
		folder += folders[0] + "/"
	}
	return "", hourly, nil
}

// files looks at a file where its name or its content decides what table fits.
func (in *inspector) files(day string) error {
	if in.layout.Schema != "vpcflow" && in.layout.Schema != "alb" {
		return nil
	}
	file, hourly, err := in.sample(day)
	if err != nil {
		return err
	}
	if file == "" {
		return fmt.Errorf("%w: %s has no files", ErrNothing, day)
	}
	name := path.Base(file)
	if in.layout.Schema == "alb" {
		if strings.HasPrefix(name, "conn_log") {
			return refusef("access logs lie in folders of their own, if they are on", "%s is a connection log, and the table is of access logs", file)
		}
		if strings.Contains(name, "_elasticloadbalancing_") && !strings.Contains(name, "_app.") {
			return refusef("inspect the prefix of an Application Load Balancer", "%s is the log of another kind of load balancer", file)
		}
		return nil
	}
	if strings.HasSuffix(name, ".parquet") {
		if !hourly {
			return refusef("AWS documents no such table; deliver flow logs with hourly partitions, or change vpcflow/athena-parquet by hand",
				"%s is Parquet in folders of days without hours", file)
		}
		in.layout.Profile = "vpcflow/athena-parquet"
		in.notef("the files are Parquet, in folders of hours")
		return nil
	}
	return in.flowHeader(file)
}

// flowHeader reads the format of a flow log from the first line of a file.
func (in *inspector) flowHeader(file string) error {
	head, err := in.lister.Head(in.ctx, file, headBytes)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		r, err := gzip.NewReader(bytes.NewReader(head))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		// The head ends in the middle of the file, which is an error behind the first line.
		head, _ = io.ReadAll(io.LimitReader(r, headBytes))
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	fields := strings.Fields(string(line))
	if len(fields) == 0 || !slices.Contains(fields, "version") && !slices.Contains(fields, "srcaddr") && !slices.Contains(fields, "interface-id") {
		return refusef("give the fields with --format", "%s does not begin with a line that names the fields", file)
	}
	for _, field := range fields {
		if !validFlowField.MatchString(field) {
			return refusef("give the fields with --format", "the first line of %s names %q, which is no field", file, field)
		}
	}
	in.layout.Options.Format = fields
	in.notef("the files are text; their first line gives %d fields", len(fields))
	return nil
}

// hive reads flow logs whose folders are named column=value.
func (in *inspector) hive(folder string, depth int) error {
	hour := false
	file := ""
	for range 7 {
		folders, files, err := in.lister.List(in.ctx, folder)
		if err != nil {
			return err
		}
		if len(files) > 0 {
			file = folder + files[0]
			break
		}
		if depth < len(in.fixed) {
			folders = []string{in.fixed[depth]}
		}
		if len(folders) == 0 {
			break
		}
		hour = hour || strings.HasPrefix(folders[0], "hour=")
		folder += folders[0] + "/"
		depth++
	}
	switch {
	case file == "":
		return fmt.Errorf("%w: %s has no files", ErrNothing, folder)
	case !strings.HasSuffix(file, ".parquet"):
		return refusef("AWS documents a table of such folders for Parquet only", "%s is text, in folders named for Hive", file)
	case !hour:
		return refusef("take the statement of vpcflow/athena-parquet-hive and leave the partition hour out",
			"%s lies in folders of days without hours", file)
	}
	in.layout.Profile = "vpcflow/athena-parquet-hive"
	in.notef("the files are Parquet, in folders that name account, region and hour for Hive")
	return nil
}

// fileNames tell the service, the account and the region of a file that AWS delivered, wherever it lies now.
var fileNames = regexp.MustCompile(`^([0-9]{12})_(CloudTrail|vpcflowlogs|elasticloadbalancing|waflogs)_([a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]|cloudfront|global)_`)

// accessName is the end of an S3 access log's name, behind what its owner chose.
var accessName = regexp.MustCompile(`^(.*?)[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{2}-[0-9]{2}-[0-9]{2}-[0-9A-F]{16}$`)

// fileServices are the words in fileNames and the folders that they belong to.
var fileServices = map[string]string{"CloudTrail": "CloudTrail", "vpcflowlogs": "vpcflowlogs", "elasticloadbalancing": "elasticloadbalancing", "waflogs": "WAFLogs"}
