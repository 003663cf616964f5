package ddl

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// headBytes is how much of a file is read: more than the longest compressed header of a flow log.
const headBytes = 64 << 10

// sample returns a file below a day's folder, "" if there is none, and whether it is in an hour folder.
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

// files inspects a file if the table depends on its name or content.
func (in *inspector) files(day string) error {
	if in.inspection.Schema != "vpcflow" && in.inspection.Schema != "alb" {
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
	if in.inspection.Schema == "alb" {
		if strings.HasPrefix(name, "conn_log") {
			return refusef("access logs, if they are enabled, are in another folder", "%s is a connection log, but the table is for access logs", file)
		}
		if strings.Contains(name, "_elasticloadbalancing_") && !strings.Contains(name, "_app.") {
			return refusef("inspect the prefix of an Application Load Balancer", "%s is a log of another type of load balancer", file)
		}
		return nil
	}
	if strings.HasSuffix(name, ".parquet") {
		if !hourly {
			return refusef("AWS documents no such table; deliver flow logs with hourly partitions, or edit the statement for vpcflow/athena-parquet",
				"%s is Parquet in day folders without hours", file)
		}
		in.inspection.Layout = "vpcflow/athena-parquet"
		in.notef("the files are Parquet, in hour folders")
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
		// The compressed data is cut off, so an error after the first line is expected.
		head, _ = io.ReadAll(io.LimitReader(r, headBytes))
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	fields := strings.Fields(string(line))
	if len(fields) == 0 || !slices.Contains(fields, "version") && !slices.Contains(fields, "srcaddr") && !slices.Contains(fields, "interface-id") {
		return refusef("give the fields with --format", "%s does not begin with a header line", file)
	}
	for _, field := range fields {
		if !validFlowField.MatchString(field) {
			return refusef("give the fields with --format", "the first line of %s has %q, which is not a field", file, field)
		}
	}
	in.inspection.Options.Format = fields
	in.notef("the files are text; their first line has %d fields", len(fields))
	return nil
}

// hive reads flow logs whose folders have names of the form column=value.
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
		return refusef("AWS documents a table for such folders only with Parquet", "%s is text, in Hive-style folders", file)
	case !hour:
		return refusef("use the statement for vpcflow/athena-parquet-hive and remove the partition hour",
			"%s is in day folders without hours", file)
	}
	in.inspection.Layout = "vpcflow/athena-parquet-hive"
	in.notef("the files are Parquet, in Hive-style folders for account, region and hour")
	return nil
}

// fileNames matches the names of files that AWS delivers, with the account, the service and the region.
var fileNames = lazyre.New(`^([0-9]{12})_(CloudTrail|vpcflowlogs|elasticloadbalancing|waflogs)_([a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]|cloudfront|global)_`)

// accessName matches the name of an S3 access log, after the prefix that its owner chose.
var accessName = lazyre.New(`^(.*?)[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{2}-[0-9]{2}-[0-9]{2}-[0-9A-F]{16}$`)

// fileServices maps the services in fileNames to their folders.
var fileServices = map[string]string{"CloudTrail": "CloudTrail", "vpcflowlogs": "vpcflowlogs", "elasticloadbalancing": "elasticloadbalancing", "waflogs": "WAFLogs"}
