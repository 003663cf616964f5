package incident

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"time"
)

// file is one object of the bucket: its key, with slashes, and its content before compression.
type file struct {
	key     string
	content []byte

	oldest, newest, delivered time.Time
}

// batch is how long CloudTrail collects events before a delivery. In reality it is about five minutes; a longer period
// keeps the number of files, and so the repository, small.
const batch = 30 * time.Minute

// delay is the time from the end of a batch to its delivery. A file's folder is the day of its delivery, so the last
// events of a day are in the folder of the next day.
const delay = 5 * time.Minute

// deliver puts the records into files. One file is delivered twice, and one digest file is added.
func deliver(records []record) ([]file, error) {
	type stream struct {
		account, region string
		delivered       time.Time
	}
	streams := map[stream][]record{}
	for _, r := range records {
		delivered := r.time.Truncate(batch).Add(batch + delay)
		// When a trail is stopped, it delivers what it has.
		if r.account == production && r.time.Before(resumed) && delivered.After(stopped) {
			delivered = stopped.Truncate(delay).Add(delay)
		}
		key := stream{r.account, r.AWSRegion, delivered}
		streams[key] = append(streams[key], r)
	}
	keys := make([]stream, 0, len(streams))
	for k := range streams {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := keys[i], keys[j]
		if a.account != b.account {
			return a.account < b.account
		}
		if a.region != b.region {
			return a.region < b.region
		}
		return a.delivered.Before(b.delivered)
	})

	var files []file
	for _, k := range keys {
		f, err := logFile(k.account, k.region, k.delivered, 0, streams[k])
		if err != nil {
			return nil, err
		}
		files = append(files, f)
		if k.account == production && k.region == virginia && k.delivered.Equal(at(10, 35, 0)) {
			repeated, err := logFile(k.account, k.region, k.delivered, 1, streams[k])
			if err != nil {
				return nil, err
			}
			files = append(files, repeated)
		}
	}
	digest, err := digestFile(files)
	if err != nil {
		return nil, err
	}
	return append(files, digest), nil
}

// logFile returns one delivery of records; again is the number of the repeated delivery, 0 for the first.
func logFile(account, region string, delivered time.Time, again int, records []record) (file, error) {
	content, err := encode(struct {
		Records []record `json:"Records"`
	}{records})
	if err != nil {
		return file{}, fmt.Errorf("incident: %w", err)
	}
	stamp := delivered.Format("20060102T1504Z")
	return file{
		key: fmt.Sprintf("AWSLogs/%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_%s.json.gz", account, region,
			delivered.Format("2006/01/02"), account, region, stamp, fileID(account+region+stamp, again)),
		content: content,
		oldest:  records[0].time, newest: records[len(records)-1].time, delivered: delivered,
	}, nil
}

// fileID returns the random part of a file name: 16 letters and digits.
func fileID(name string, again int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", name, again))
	id := make([]byte, 16)
	for i := range id {
		id[i] = letters[int(sum[i])%len(letters)]
	}
	return string(id)
}

// digestFile returns the digest of one hour, as CloudTrail writes it next to the logs while log file validation is on.
// The real signature is in the metadata of the object, which a file does not have.
func digestFile(files []file) (file, error) {
	start, end := at(9, 0, 0), at(10, 0, 0)
	const day = "2026/03/10"
	object := func(t time.Time) string {
		return fmt.Sprintf("AWSLogs/%s/CloudTrail-Digest/%s/%s/%s_CloudTrail-Digest_%s_%s_%s_%s.json.gz", production,
			virginia, day, production, virginia, trailName, virginia, t.Format("20060102T150405Z"))
	}
	var logs []any
	var oldest, newest time.Time
	for _, f := range files {
		if f.delivered.Before(start) || !f.delivered.Before(end) || !inFolder(f.key, production, virginia) {
			continue
		}
		sum := sha256.Sum256(f.content)
		logs = append(logs, obj("s3Bucket", trailsName, "s3Object", f.key, "hashValue", hex.EncodeToString(sum[:]),
			"hashAlgorithm", "SHA-256", "newestEventTime", stamp(f.newest), "oldestEventTime", stamp(f.oldest)))
		if oldest.IsZero() || f.oldest.Before(oldest) {
			oldest = f.oldest
		}
		if f.newest.After(newest) {
			newest = f.newest
		}
	}
	content, err := encode(obj(
		"awsAccountId", production, "digestStartTime", stamp(start), "digestEndTime", stamp(end),
		"digestS3Bucket", trailsName, "digestS3Object", object(end),
		"digestPublicKeyFingerprint", uniqueID("", "digest key", 32), "digestSignatureAlgorithm", "SHA256withRSA",
		"newestEventTime", stamp(newest), "oldestEventTime", stamp(oldest),
		"previousDigestS3Bucket", trailsName, "previousDigestS3Object", object(start),
		"previousDigestHashValue", uniqueID("", "previous digest", 64), "previousDigestHashAlgorithm", "SHA-256",
		"previousDigestSignature", uniqueID("", "previous signature", 64), "logFiles", logs))
	if err != nil {
		return file{}, fmt.Errorf("incident: %w", err)
	}
	return file{key: object(end), content: content}, nil
}

// inFolder reports whether a key belongs to the logs of an account and region.
func inFolder(key, account, region string) bool {
	folder := "AWSLogs/" + account + "/CloudTrail/" + region + "/"
	return len(key) > len(folder) && key[:len(folder)] == folder
}

// write compresses the file and puts it under dir. It does not rewrite a file with equal content, since another release
// of Go may compress it to different bytes.
func (f file) write(dir string) error {
	path := filepath.Join(dir, filepath.FromSlash(f.key))
	if old, err := readFile(path); err == nil && bytes.Equal(old, f.content) {
		return nil
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(f.content); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// readFile returns the decompressed content of a file.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
