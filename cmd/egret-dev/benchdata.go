package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// copies is how often the large file repeats the logs.
const copies = 10

// benchData creates the inputs of bench in the cache unless they exist: a gzipped JSON lines file that repeats all
// records below logs with distinct event ids, and a file with two events, one for each log source with embedded rules.
func benchData(cache, logs string, stderr io.Writer) (big, two string, err error) {
	big, two = filepath.Join(cache, "large.jsonl.gz"), filepath.Join(cache, "two.jsonl")
	if exists(big) && exists(two) {
		return big, two, nil
	}
	fmt.Fprintln(stderr, "writing", big)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", "", err
	}
	var first []byte
	if err := writeCopies(big+".part", logs, &first); err != nil {
		return "", "", err
	}
	if first == nil {
		return "", "", fmt.Errorf("%s contains no records", logs)
	}
	if err := os.WriteFile(two, append(append(first, '\n'), windowsEvent...), 0o644); err != nil {
		return "", "", err
	}
	return big, two, os.Rename(big+".part", big)
}

const windowsEvent = `{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":1,` +
	`"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"host.example.com","EventRecordID":1,` +
	`"TimeCreated":{"#attributes":{"SystemTime":"2026-03-10T09:00:00Z"}}},"EventData":{"Image":"C:\\Windows\\notepad.exe"}}}` + "\n"

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// eachRecord calls yield with each record of all log files below a folder, compacted, in the order of the file names.
func eachRecord(dir string, yield func(record []byte) error) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json.gz") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		var content struct {
			Records []json.RawMessage `json:"Records"`
		}
		if err := json.NewDecoder(z).Decode(&content); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, raw := range content.Records {
			var b bytes.Buffer
			if err := json.Compact(&b, raw); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if err := yield(b.Bytes()); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeCopies writes the records below a folder several times and stores the first one. It reads the logs again for
// each copy to use little memory, because programs that it starts later inherit its peak. The version digit is the same
// in all event ids, so it can hold the number of the copy.
func writeCopies(path, logs string, first *[]byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	w := bufio.NewWriterSize(z, 1<<20)
	const key, version = `"eventID":"`, 14
	for n := range copies {
		err := eachRecord(logs, func(record []byte) error {
			if *first == nil {
				*first = bytes.Clone(record)
			}
			if at := bytes.Index(record, []byte(key)); at >= 0 && at+len(key)+version < len(record) {
				record[at+len(key)+version] = byte('0' + n)
			}
			_, err := w.Write(append(record, '\n'))
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}

// benchIndicators creates a bundle with 10,000 STIX indicators of six kinds in the cache, and returns its path.
func benchIndicators(cache string) (string, error) {
	path := filepath.Join(cache, "indicators.json")
	if exists(path) {
		return path, nil
	}
	type object map[string]any
	var objects []object
	for n := range 10_000 {
		sum := sha256.Sum256([]byte(strconv.Itoa(n)))
		word := hex.EncodeToString(sum[:])
		pattern := []string{
			fmt.Sprintf("[ipv4-addr:value = '%d.%d.%d.%d']", sum[0], sum[1], sum[2], sum[3]),
			fmt.Sprintf("[ipv4-addr:value ISSUBSET '%d.%d.%d.0/24']", sum[0], sum[1], sum[2]),
			"[domain-name:value = '" + word[:12] + ".example.com']",
			"[url:value = 'https://example.com/" + word[:16] + "']",
			"[file:hashes.'SHA-256' = '" + word + "']",
			"[x-aws-api:access_key_id = 'AKIA" + strings.ToUpper(word[:16]) + "']",
		}[n%6]
		objects = append(objects, object{
			"type": "indicator", "spec_version": "2.1", "id": "indicator--" + uuid.NewSHA1(uuid.NameSpaceURL, sum[:]).String(),
			"created": "2026-03-01T00:00:00.000Z", "modified": "2026-03-01T00:00:00.000Z", "valid_from": "2010-01-01T00:00:00Z",
			"name": fmt.Sprintf("Indicator %d", n), "description": "Seen in a benchmark", "pattern": pattern, "pattern_type": "stix", "confidence": 80,
		})
	}
	text, err := json.Marshal(object{"type": "bundle", "id": "bundle--" + uuid.NewSHA1(uuid.NameSpaceURL, []byte("bench")).String(), "objects": objects})
	if err != nil {
		return "", err
	}
	return path, os.WriteFile(path, text, 0o644)
}
