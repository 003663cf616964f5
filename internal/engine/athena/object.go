package athena

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/egret-hunt/egret/internal/engine"
)

// object reads an object of S3 as one stream, over as many connections as it takes.
type object struct {
	ctx    context.Context
	engine *Engine
	query  string
	// bucket and key name it; etag holds it to the state that the first answer saw.
	bucket, key, etag string
	body              io.ReadCloser
	// at is the next byte, size how many there are, -1 where S3 does not say.
	at, size int64
	// opened is where the connection began, idle the number of connections in a row that gave little.
	opened int64
	idle   int
}

const (
	// worthIt is how much a connection must give, in bytes, to count as progress.
	worthIt = 1 << 20
	// maxIdle is how many connections in a row may give less.
	maxIdle = maxAttempts
)

// newObject opens the object at a location s3://bucket/key.
func newObject(ctx context.Context, e *Engine, query, location string) (*object, error) {
	o := &object{ctx: ctx, engine: e, query: query, size: -1}
	if o.bucket, o.key = splitLocation(location); o.key == "" {
		return nil, &engine.Error{Kind: engine.Other, Engine: name, Query: query, Err: fmt.Errorf("%.200q is no place of a result", location)}
	}
	if err := o.open(); err != nil {
		return nil, err
	}
	return o, nil
}

// open makes a connection for the rest.
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
		return o.fault(engine.Other, errors.New("S3 gives another part of the object than was asked for"))
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

func (o *object) fault(kind engine.Kind, err error) error {
	return &engine.Error{Kind: kind, Engine: name, Thing: "result s3://" + o.bucket + "/" + o.key, Query: o.query, Err: err}
}

// Read gives the next bytes. A broken connection is replaced, so that its errors are those of open, the context's, or that
// no connection lasts.
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
			return n, nil // an error comes again
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

// again waits before the next connection, unless there is no use.
func (o *object) again(broken error) error {
	if err := o.ctx.Err(); err != nil {
		return err
	}
	if o.at-o.opened >= worthIt {
		o.idle = 0
	}
	if o.idle++; o.idle > maxIdle {
		return o.fault(engine.Transient, fmt.Errorf("the connection broke %d times, at last at byte %d: %s", o.idle, o.at, o.engine.clean(broken.Error())))
	}
	return sleep(o.ctx, o.engine.options.pause(o.idle-1))
}

// Close ends the connection.
func (o *object) Close() {
	if o.body != nil {
		o.body.Close()
		o.body = nil
	}
}
