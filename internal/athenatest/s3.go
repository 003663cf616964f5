package athenatest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/johannesboyne/gofakes3"
)

// httpTime is the format of times in headers.
const httpTime = http.TimeFormat

// AddBucket creates an empty bucket unless it exists.
func (s *Server) AddBucket(name string) error {
	if there, err := s.objects.BucketExists(name); err != nil || there {
		return err
	}
	if err := s.objects.CreateBucket(name); err != nil {
		return fmt.Errorf("bucket %s: %w", name, err)
	}
	return nil
}

// PutObject stores an object in an existing bucket.
func (s *Server) PutObject(bucket, key string, body []byte) error {
	return s.put(bucket, key, "application/octet-stream", bytes.NewReader(body), int64(len(body)))
}

// Object returns the body of an object.
func (s *Server) Object(bucket, key string) ([]byte, error) {
	o, err := s.objects.GetObject(bucket, key, nil)
	if err != nil {
		return nil, fmt.Errorf("s3://%s/%s: %w", bucket, key, err)
	}
	defer o.Contents.Close()
	return io.ReadAll(o.Contents)
}

// bucketRegion returns the region of a bucket.
func (s *Server) bucketRegion(bucket string) string {
	if region := s.options.BucketRegions[bucket]; region != "" {
		return region
	}
	return s.options.Region
}

// s3Action returns the name of an S3 call, with its bucket and key.
func s3Action(r *http.Request) (action, bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	level := "Object"
	if key == "" {
		level = "Bucket"
	}
	switch {
	case bucket == "":
		return "s3:ListBuckets", "", ""
	case key == "" && query.Has("location"):
		return "s3:GetBucketLocation", bucket, key
	case key == "" && r.Method == http.MethodGet:
		return "s3:ListObjects", bucket, key
	case r.Method == http.MethodGet:
		return "s3:Get" + level, bucket, key
	case r.Method == http.MethodHead:
		return "s3:Head" + level, bucket, key
	case r.Method == http.MethodPut:
		return "s3:Put" + level, bucket, key
	case r.Method == http.MethodDelete:
		return "s3:Delete" + level, bucket, key
	default:
		return "s3:" + r.Method, bucket, key
	}
}

// serveS3 checks a request and passes it to the store.
func (s *Server) serveS3(w http.ResponseWriter, r *http.Request, sig signature, signed bool, id string) {
	w.Header().Set("X-Amz-Request-Id", id)
	action, bucket, key := s3Action(r)
	record := Call{Action: action, About: bucket + "/" + key}
	refusal := unsigned("s3")
	if signed {
		var who Credentials
		if who, refusal = s.authenticate(r, sig, nil); refusal == nil {
			record.Principal = who.Principal
		}
	}
	if refusal == nil {
		refusal = s.checkBucket(r, sig, bucket, key)
	}
	var fate outcome
	if refusal == nil {
		fate = s.fate(action, record.About)
		refusal = fate.refusal
	}
	cut := &cutWriter{ResponseWriter: w, at: -1}
	switch {
	case refusal != nil:
		record.Error = refusal.Type
		s.record(record)
		if r.Method == http.MethodHead { // answers to HEAD have no body
			w = headOnly{w}
		}
		refusal.write(w, "s3", id)
		return
	case fate.closed && !fate.late:
		record.Error = "closed"
		s.record(record)
		hangUp()
	case fate.closed:
		record.Error, cut.at, cut.cut = "closed", 0, true
	case fate.cut:
		record.Error, cut.at, cut.cut = "cut", fate.cutAt, true
	}
	s.record(record)
	if action == "s3:GetBucketLocation" {
		w.Header().Set("Content-Type", "application/xml")
		fmt.Fprintf(w, `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">%s</LocationConstraint>`, s.bucketRegion(bucket))
		return
	}
	s.s3.ServeHTTP(cut, r)
	if cut.cut {
		hangUp()
	}
}

// checkBucket checks what the store does not: regions, and conditions of reads.
func (s *Server) checkBucket(r *http.Request, sig signature, bucket, key string) *Refusal {
	if bucket == "" {
		return nil
	}
	there, err := s.objects.BucketExists(bucket)
	switch region := s.bucketRegion(bucket); {
	case err != nil:
		return &Refusal{Status: http.StatusInternalServerError, Type: "InternalError", Message: err.Error()}
	case !there && r.Method != http.MethodPut:
		return NoSuchBucket(bucket)
	case sig.region != region && r.URL.Query().Has("location"):
		return nil
	case sig.region != region:
		return otherRegion(bucket, region)
	}
	if want := r.Header.Get("If-Match"); want != "" && r.Method != http.MethodPut {
		o, err := s.objects.HeadObject(bucket, key)
		if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
			return nil
		}
		if err != nil || strings.Trim(want, `"`) != hex.EncodeToString(o.Hash) {
			return &Refusal{Status: http.StatusPreconditionFailed, Type: "PreconditionFailed",
				Message: "At least one of the pre-conditions you specified did not hold", Details: map[string]string{"Condition": "If-Match"}}
		}
	}
	return nil
}

// headOnly discards the body of an answer.
type headOnly struct{ http.ResponseWriter }

func (w headOnly) Write(b []byte) (int, error) { return len(b), nil }

// cutWriter ends a body early.
type cutWriter struct {
	http.ResponseWriter
	// cut enables it; at is how many bytes pass, 0 for half of the announced length.
	cut     bool
	at      int64
	written int64
	flushed bool
}

// Write passes on the bytes before the cut.
func (w *cutWriter) Write(b []byte) (int, error) {
	if !w.cut {
		return w.ResponseWriter.Write(b)
	}
	if w.at == 0 {
		length, err := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64)
		if err != nil {
			length = 2 * int64(len(b))
		}
		w.at = max(length/2, 1)
	}
	if rest := w.at - w.written; rest > 0 {
		n, err := w.ResponseWriter.Write(b[:min(rest, int64(len(b)))])
		w.written += int64(n)
		if err != nil {
			return n, err
		}
	}
	if w.written >= w.at && !w.flushed {
		// Flush so that the bytes are sent before the connection ends.
		w.flushed = true
		if err := http.NewResponseController(w.ResponseWriter).Flush(); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}
