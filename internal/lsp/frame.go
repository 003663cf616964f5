package lsp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/sourcegraph/jsonrpc2"
)

// Limits of messages. A rule file has at most 4 MB, which JSON may write in twice as many bytes.
const (
	maxHeader  = 4 << 10
	maxContent = 16 << 20
)

// A frameError is a fault in the headers of a message, after which the place of the next message is not known.
type frameError struct{ reason string }

func (e *frameError) Error() string { return "message of the editor: " + e.reason }

// A stream reads and writes the messages of an editor. The faults of one message do not end it; faults of its frame do.
type stream struct {
	in    *bufio.Reader
	mutex sync.Mutex // of out
	out   io.Writer
	// failed is why reading ended, for the caller of Serve. Only the reader sets it, before it closes the stream.
	failed error
}

func newStream(in io.Reader, out io.Writer) *stream {
	return &stream{in: bufio.NewReader(in), out: out}
}

// ReadObject implements jsonrpc2.ObjectStream. It answers messages that are no requests or responses, and returns the next one that is.
func (s *stream) ReadObject(v any) error {
	for {
		body, err := readFrame(s.in)
		if err != nil {
			s.failed = err
			return err
		}
		fault := &jsonrpc2.Error{}
		id := "null"
		switch head, valid := readHead(body); {
		case !valid:
			fault.Code, fault.Message = jsonrpc2.CodeParseError, "the message is not a JSON object"
		case strings.HasPrefix(string(head), "-"):
			id = string(head)
			fault.Code, fault.Message = jsonrpc2.CodeInvalidRequest, "the id is negative"
		default:
			err := json.Unmarshal(body, v)
			if err == nil {
				return nil
			}
			if len(head) > 0 && (head[0] == '"' || head[0] >= '0' && head[0] <= '9') {
				id = string(head)
			}
			fault.Code, fault.Message = jsonrpc2.CodeInvalidRequest, err.Error()
		}
		text, err := json.Marshal(fault)
		if err != nil {
			return err
		}
		if err := s.write([]byte(`{"jsonrpc":"2.0","id":` + id + `,"error":` + string(text) + `}`)); err != nil {
			return err
		}
	}
}

// readHead returns the id of a message as it is written, "" if it has none.
func readHead(body []byte) (id json.RawMessage, valid bool) {
	var head struct {
		ID json.RawMessage `json:"id"`
	}
	err := json.Unmarshal(body, &head)
	return head.ID, err == nil && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
}

// WriteObject implements jsonrpc2.ObjectStream.
func (s *stream) WriteObject(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.write(text)
}

func (s *stream) write(text []byte) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, err := s.out.Write(append(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n", len(text)), text...))
	return err
}

// Close implements jsonrpc2.ObjectStream. The streams belong to the caller of Serve.
func (s *stream) Close() error { return nil }

// readFrame reads the headers and the content of one message. It returns io.EOF at the end of the stream, a frameError for headers that
// it refuses, and reserves memory only for content that has come.
func readFrame(in *bufio.Reader) ([]byte, error) {
	length, read := -1, 0
	for {
		line, err := in.ReadSlice('\n')
		read += len(line)
		switch {
		case errors.Is(err, bufio.ErrBufferFull) || read > maxHeader:
			return nil, &frameError{fmt.Sprintf("the headers have more than %d bytes", maxHeader)}
		case errors.Is(err, io.EOF) && read > 0:
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		}
		text := strings.TrimRight(string(line), "\r\n")
		if text == "" && read <= 2 {
			return nil, &frameError{"it begins with an empty line"}
		}
		if text == "" {
			break
		}
		name, value, found := strings.Cut(text, ":")
		if !found {
			return nil, &frameError{fmt.Sprintf("%.40q is no header", text)}
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) {
		case "content-length":
			n, err := strconv.ParseUint(value, 10, 31)
			if err != nil || length >= 0 {
				return nil, &frameError{fmt.Sprintf("Content-Length %.40q is not one number", value)}
			}
			if n > maxContent {
				return nil, &frameError{fmt.Sprintf("Content-Length is %d; the limit is %d", n, maxContent)}
			}
			length = int(n)
		case "content-type":
			if _, charset, found := strings.Cut(strings.ToLower(value), "charset="); found && !strings.HasPrefix(charset, "utf-8") && !strings.HasPrefix(charset, "utf8") {
				return nil, &frameError{fmt.Sprintf("the charset %.40q is not utf-8", charset)}
			}
		}
	}
	if length < 0 {
		return nil, &frameError{"it has no Content-Length"}
	}
	var body bytes.Buffer
	if _, err := io.CopyN(&body, in, int64(length)); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return body.Bytes(), nil
}
