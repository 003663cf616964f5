package athena

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/egret-hunt/egret/internal/backoff"
	"github.com/egret-hunt/egret/internal/engine"
)

// object reads an S3 object as one stream, over as many connections as necessary.
type object struct {
	ctx    context.Context
	engine *Engine
	query  string
	// bucket and key identify it; etag ensures that all connections read the same version.
	bucket, key, etag string
	body              io.ReadCloser
	// at is the next byte, size the number of bytes, -1 if S3 does not report it.
	at, size int64
	// opened is where the current connection began, idle the number of successive connections that returned little.
	opened int64
	idle   int
}

const (
	// minProgress is how many bytes a connection must return to count as progress.
	minProgress = 1 << 20
	// maxIdle is how many connections in succession may return less.
	maxIdle = maxAttempts
)

// newObject opens the object at a location s3://bucket/key.
func newObject(ctx context.Context, e *Engine, query, location string) (*object, error) {
	o := &object{ctx: ctx, engine: e, query: query, size: -1}
	if o.bucket, o.key = splitLocation(location); o.key == "" {
		return nil, &engine.Error{Kind: engine.Other, Engine: name, Query: query, Err: fmt.Errorf("%.200q is not the location of a result", location)}
	}
	if err := o.open(); err != nil {
		return nil, err
	}
	return o, nil
}

// open opens a connection for the rest.
func (o *object) open() error {
	in := &s3.GetObjectInput{Bucket: &o.bucket, Key: &o.key}
	if owner := o.engine.options.ExpectedBucketOwner; owner != "" {
		in.ExpectedBucketOwner = &owner
	}
	if o.at > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", o.at))
		if o.etag != "" {
			in.IfMatch = &o.etag
		}
	}
	about := subject{action: "s3:GetObject", thing: "result s3://" + o.bucket + "/" + o.key, query: o.query}
	out, err := ask(o.ctx, o.engine, about, func(ctx context.Context) (*s3.GetObjectOutput, error) {
		return o.engine.s3.GetObject(ctx, in)
	})
	if err != nil {
		return err
	}
	if o.at > 0 && !strings.HasPrefix(aws.ToString(out.ContentRange), fmt.Sprintf("bytes %d-", o.at)) {
		out.Body.Close()
		return o.fault(engine.Other, errors.New("S3 returned another part of the object than requested"))
	}
	if o.at == 0 {
		o.etag = aws.ToString(out.ETag)
		if out.ContentLength != nil {
			o.size = *out.ContentLength
		}
	}
	o.body, o.opened = out.Body, o.at
	return nil
}

func (o *object) fault(kind engine.Kind, err error) *engine.Error {
	return &engine.Error{Kind: kind, Engine: name, Thing: "result s3://" + o.bucket + "/" + o.key, Query: o.query, Err: err}
}

// Read returns the next bytes. It replaces a broken connection, so its errors are those of open, the context's, or
// that connections break repeatedly.
func (o *object) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if o.at == o.size {
			return 0, io.EOF
		}
		if o.body == nil {
			if err := o.open(); err != nil {
				return 0, err
			}
		}
		if o.size >= 0 {
			p = p[:min(int64(len(p)), o.size-o.at)]
		}
		n, err := o.body.Read(p)
		o.at += int64(n)
		if n > 0 {
			return n, nil // the error is returned by the next read
		}
		if err == nil {
			continue
		}
		if errors.Is(err, io.EOF) && o.size < 0 {
			return 0, io.EOF
		}
		o.Close()
		if err := o.again(err); err != nil {
			return 0, err
		}
	}
}

// again waits before the next connection, or returns an error if it would be useless.
func (o *object) again(broken error) error {
	if err := o.ctx.Err(); err != nil {
		return err
	}
	if o.at-o.opened >= minProgress {
		o.idle = 0
	}
	if o.idle++; o.idle > maxIdle {
		e := o.fault(engine.Transient, fmt.Errorf("the connection broke %d times, most recently at byte %d: %s", o.idle, o.at, o.engine.clean(broken.Error())))
		e.Retried = true
		return e
	}
	return backoff.Sleep(o.ctx, o.engine.options.backoff().Pause(o.idle))
}

// Close closes the connection.
func (o *object) Close() {
	if o.body != nil {
		o.body.Close()
		o.body = nil
	}
}
