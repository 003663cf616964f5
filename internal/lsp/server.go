package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sourcegraph/jsonrpc2"
)

// Options configure Serve.
type Options struct {
	// Version is that of egret, for the editor's logs.
	Version string
	// Config is the path of egret.yaml, "" for the one that is nearest to the rules. SchemaFolder has schemas of one's own, "" for none.
	Config, SchemaFolder string
	// Now is the clock. Checks of dates ask for the day.
	Now func() time.Time
}

// ErrNoShutdown says that the editor has closed the connection without asking the server to shut down first.
var ErrNoShutdown = errors.New("the editor has closed the connection without the request shutdown")

// maxRequests limits the requests that are under way.
const maxRequests = 64

// The codes of errors that the protocol adds to those of JSON-RPC.
const (
	codeNotInitialized   = -32002
	codeRequestCancelled = -32800
	codeRequestFailed    = -32803
)

// server is the state of one connection.
type server struct {
	options Options
	conn    *jsonrpc2.Conn
	// work ends with the connection; group has what runs until then.
	work  context.Context
	stop  context.CancelFunc
	group sync.WaitGroup
	judge chan struct{} // wakes the judge
	slots chan struct{} // of requests that run at the same time

	mutex sync.Mutex
	state state
	// encoding and the abilities of the editor are set by initialize.
	encoding                                  encoding
	canWatch, canRefresh, canShow, canVersion bool
	documents                                 map[string]*document
	textBytes                                 int
	cancels                                   map[jsonrpc2.ID]context.CancelFunc
	folders                                   []string // absolute paths, the longest first
	projects                                  map[string]*project
	dirty                                     map[string]bool // URIs of documents to judge
	others                                    bool            // the rest of the open documents is to be judged too
	published                                 map[string]publishParams
	closed                                    bool // nothing more is started
	calls                                     int  // numbers of progress tokens
	refreshing                                bool
}

type state uint8

const (
	fresh state = iota
	ready
	shutDown
	exited
)

// Serve answers an editor until it says exit, closes the connection, or the context ends. It returns ErrNoShutdown if the editor leaves
// without the request shutdown, and an error for a message whose frame cannot be read. Reading from in may go on after it has returned,
// until in ends.
func Serve(ctx context.Context, in io.Reader, out io.Writer, options Options) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s := &server{
		options: options, work: ctx, stop: stop, judge: make(chan struct{}, 1), slots: make(chan struct{}, 4), encoding: utf16Units,
		documents: map[string]*document{}, cancels: map[jsonrpc2.ID]context.CancelFunc{}, projects: map[string]*project{},
		dirty: map[string]bool{}, published: map[string]publishParams{},
	}
	connection := newStream(in, out)
	started := make(chan struct{})
	handler := handlerFunc(func(ctx context.Context, _ *jsonrpc2.Conn, request *jsonrpc2.Request) {
		<-started
		s.handle(ctx, request)
	})
	s.conn = jsonrpc2.NewConn(ctx, connection, handler, jsonrpc2.SetLogger(silent{}))
	close(started)
	s.run(s.judging)
	<-s.conn.DisconnectNotify()
	stop()
	s.mutex.Lock()
	s.closed = true
	s.mutex.Unlock()
	s.group.Wait()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var frame *frameError
	switch {
	case s.state == exited || s.state == shutDown:
		return nil
	case errors.As(connection.failed, &frame):
		return frame
	}
	return ErrNoShutdown
}

// run does something beside the messages, unless the connection has ended.
func (s *server) run(do func()) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.closed {
		s.group.Go(do)
	}
}

// silent drops what the library of JSON-RPC would print: answers that nobody waits for, and how reading ended.
type silent struct{}

// Printf implements jsonrpc2.Logger.
func (silent) Printf(string, ...any) {}

type handlerFunc func(context.Context, *jsonrpc2.Conn, *jsonrpc2.Request)

func (f handlerFunc) Handle(ctx context.Context, conn *jsonrpc2.Conn, request *jsonrpc2.Request) {
	f(ctx, conn, request)
}

// handle takes one message. It runs on the goroutine that reads, so that texts change in the order of the messages.
func (s *server) handle(ctx context.Context, request *jsonrpc2.Request) {
	defer s.survive(request)
	var params json.RawMessage
	if request.Params != nil {
		params = *request.Params
	}
	s.mutex.Lock()
	state := s.state
	s.mutex.Unlock()
	switch {
	case request.Method == "exit" && request.Notif:
		s.exit()
	case request.Notif:
		if do := notifications[request.Method]; do != nil && state == ready {
			do(s, params)
		}
	case request.Method == "initialize" && state == fresh:
		s.answer(ctx, request, func(context.Context) (any, error) { return s.initialize(params) })
	case request.Method == "shutdown" && state == ready:
		s.mutex.Lock()
		s.state = shutDown
		s.mutex.Unlock()
		s.answer(ctx, request, func(context.Context) (any, error) { return nil, nil })
	case state == fresh:
		s.refuse(ctx, request, codeNotInitialized, "the first request must be initialize")
	case state != ready || request.Method == "initialize":
		s.refuse(ctx, request, jsonrpc2.CodeInvalidRequest, "the request does not fit the state of the connection")
	default:
		s.request(ctx, request, params)
	}
}

// survive answers a request that has met a bug of egret, so that the editor keeps its server.
func (s *server) survive(request *jsonrpc2.Request) {
	if fault := recover(); fault != nil {
		s.notify("window/logMessage", message{severityError, fmt.Sprintf("egret bug: %s: %v", request.Method, fault)})
		if !request.Notif {
			s.refuse(s.work, request, jsonrpc2.CodeInternalError, fmt.Sprintf("egret bug: %v", fault))
		}
	}
}

// notifications are those that the server knows. Others mean nothing to it.
var notifications = map[string]func(*server, json.RawMessage){
	"initialized":                         (*server).initialized,
	"textDocument/didOpen":                (*server).didOpen,
	"textDocument/didChange":              (*server).didChange,
	"textDocument/didClose":               (*server).didClose,
	"textDocument/didSave":                (*server).didSave,
	"workspace/didChangeWatchedFiles":     (*server).didChangeWatchedFiles,
	"workspace/didChangeWorkspaceFolders": (*server).didChangeFolders,
	"$/cancelRequest":                     (*server).cancelRequest,
}

// A method answers a request about a document. It returns nil for no answer.
type method func(s *server, ctx context.Context, d *document, p *documentParams) (any, error)

// methods are the requests that the server answers.
var methods = map[string]method{
	"textDocument/hover":      (*server).hover,
	"textDocument/completion": (*server).completion,
	"textDocument/definition": (*server).definition,
	"textDocument/formatting": (*server).formatting,
	"textDocument/codeAction": (*server).codeAction,
	"textDocument/codeLens":   (*server).codeLens,
}

// request answers a request about a document beside the messages that follow.
func (s *server) request(ctx context.Context, request *jsonrpc2.Request, params json.RawMessage) {
	do := methods[request.Method]
	if do == nil {
		s.refuse(ctx, request, jsonrpc2.CodeMethodNotFound, fmt.Sprintf("egret has no method %q", request.Method))
		return
	}
	p := new(documentParams)
	if err := json.Unmarshal(params, p); err != nil {
		s.refuse(ctx, request, jsonrpc2.CodeInvalidParams, err.Error())
		return
	}
	s.mutex.Lock()
	d := s.documents[p.TextDocument.URI]
	_, known := s.cancels[request.ID]
	full := len(s.cancels) >= maxRequests
	ctx, cancel := context.WithCancel(ctx)
	if !known && !full {
		s.cancels[request.ID] = cancel
	}
	s.mutex.Unlock()
	switch {
	case known:
		cancel()
		s.refuse(ctx, request, jsonrpc2.CodeInvalidRequest, "a request with this id is under way")
		return
	case full:
		cancel()
		s.refuse(ctx, request, codeRequestFailed, "too many requests are under way")
		return
	}
	s.run(func() {
		defer func() {
			cancel()
			s.mutex.Lock()
			delete(s.cancels, request.ID)
			s.mutex.Unlock()
		}()
		defer s.survive(request)
		s.answer(ctx, request, func(ctx context.Context) (any, error) {
			select {
			case s.slots <- struct{}{}:
				defer func() { <-s.slots }()
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			if d == nil || d.lost != "" {
				return nil, nil
			}
			return do(s, ctx, d, p)
		})
	})
}

// answer sends the result of a request, or its error.
func (s *server) answer(ctx context.Context, request *jsonrpc2.Request, do func(context.Context) (any, error)) {
	result, err := do(ctx)
	switch {
	case errors.Is(err, context.Canceled):
		s.refuse(ctx, request, codeRequestCancelled, "the request was cancelled")
	case err != nil:
		s.refuse(ctx, request, codeRequestFailed, err.Error())
	default:
		_ = s.conn.Reply(ctx, request.ID, result) // an editor that is gone ends the connection
	}
}

func (s *server) refuse(ctx context.Context, request *jsonrpc2.Request, code int64, why string) {
	_ = s.conn.ReplyWithError(ctx, request.ID, &jsonrpc2.Error{Code: code, Message: why}) // see answer
}

// notify sends a notification.
func (s *server) notify(method string, params any) {
	_ = s.conn.Notify(s.work, method, params) // see answer
}

// warnf shows a message to the user.
func (s *server) warnf(format string, args ...any) {
	s.notify("window/showMessage", message{severityWarning, "egret: " + fmt.Sprintf(format, args...)})
}

func (s *server) cancelRequest(params json.RawMessage) {
	var p struct {
		ID jsonrpc2.ID `json:"id"`
	}
	if json.Unmarshal(params, &p) != nil {
		return
	}
	s.mutex.Lock()
	cancel := s.cancels[p.ID]
	s.mutex.Unlock()
	if cancel != nil {
		cancel()
	}
}

func (s *server) exit() {
	s.mutex.Lock()
	if s.state == shutDown {
		s.state = exited
	}
	s.mutex.Unlock()
	_ = s.conn.Close() // it may be closed already
}

// initialize takes the abilities of the editor and returns those of the server.
func (s *server) initialize(params json.RawMessage) (any, error) {
	var p initializeParams
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if slices.Contains(p.Capabilities.General.PositionEncodings, utf8Units) {
		s.encoding = utf8Units
	}
	s.canWatch = p.Capabilities.Workspace.DidChangeWatchedFiles.DynamicRegistration
	s.canRefresh = p.Capabilities.Workspace.CodeLens.RefreshSupport
	s.canVersion = p.Capabilities.Workspace.WorkspaceEdit.DocumentChanges
	s.canShow = p.Capabilities.Window.WorkDoneProgress
	folders := p.WorkspaceFolders
	if len(folders) == 0 && p.RootURI != "" {
		folders = []workspaceFolder{{p.RootURI}}
	}
	if len(folders) == 0 && p.RootPath != "" {
		folders = []workspaceFolder{{uriOf(p.RootPath)}}
	}
	s.addFolders(folders)
	s.state = ready
	type object = map[string]any
	return object{
		"serverInfo": object{"name": "egret", "version": s.options.Version},
		"capabilities": object{
			"positionEncoding":           s.encoding,
			"textDocumentSync":           object{"openClose": true, "change": 2, "save": object{}},
			"hoverProvider":              true,
			"completionProvider":         object{"triggerCharacters": []string{"|", ".", ":", " ", "-", "/"}},
			"definitionProvider":         true,
			"documentFormattingProvider": true,
			"codeActionProvider":         object{"codeActionKinds": []string{quickFix, fixAll}},
			"codeLensProvider":           object{},
			"workspace":                  object{"workspaceFolders": object{"supported": true, "changeNotifications": true}},
		},
	}, nil
}

// addFolders adds the folders of the editor. The caller holds the mutex.
func (s *server) addFolders(folders []workspaceFolder) {
	for _, f := range folders {
		if path := pathOf(f.URI); path != "" && !slices.Contains(s.folders, path) && len(s.folders) < maxProjects {
			s.folders = append(s.folders, path)
		}
	}
	slices.SortStableFunc(s.folders, func(a, b string) int { return len(b) - len(a) })
}

// initialized asks the editor to tell of changed files, and begins to read the rules.
func (s *server) initialized(json.RawMessage) {
	s.mutex.Lock()
	folders, watch := slices.Clone(s.folders), s.canWatch
	s.mutex.Unlock()
	if watch {
		s.run(func() {
			type object = map[string]any
			_ = s.call("client/registerCapability", object{"registrations": []object{{
				"id": "egret-files", "method": "workspace/didChangeWatchedFiles",
				"registerOptions": object{"watchers": []object{{"globPattern": "**/*.{yml,yaml}"}, {"globPattern": "**/*.events.json"}}},
			}}}) // without it files count as they were read, or opened
		})
	}
	for _, folder := range folders {
		s.projectOf(folder)
	}
}

// call sends a request to the editor and waits for the answer.
func (s *server) call(method string, params any) error {
	ctx, cancel := context.WithTimeout(s.work, 30*time.Second)
	defer cancel()
	return s.conn.Call(ctx, method, params, nil)
}

func (s *server) didChangeFolders(params json.RawMessage) {
	var p foldersParams
	if json.Unmarshal(params, &p) != nil {
		return
	}
	s.mutex.Lock()
	for _, f := range p.Event.Removed {
		s.folders = slices.DeleteFunc(s.folders, func(path string) bool { return path == pathOf(f.URI) })
	}
	s.addFolders(p.Event.Added)
	s.mutex.Unlock()
	s.reload()
}

// open returns the open documents, sorted by URI.
func (s *server) open() []*document {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	list := slices.Collect(maps.Values(s.documents)) // sorted below
	slices.SortFunc(list, func(a, b *document) int { return strings.Compare(a.uri, b.uri) })
	return list
}
