package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startupLimit is how long a server may take until it answers; it takes 8 s on two idle cores and 30 s on busy ones.
const startupLimit = 2 * time.Minute

// errTrino is wrapped by the error of a server that ended without a request to stop.
var errTrino = errors.New("the server failed")

// trinoServer is a running server.
type trinoServer struct {
	address string
	cmd     *exec.Cmd
	// folder holds the settings, logs and tables; stop removes it.
	folder string
	// ended is closed after the process has ended; waited is the result of Wait.
	ended  chan struct{}
	waited error
}

// javaFlags keep the server small; the heap is the size that the differential tests need. The server lives for minutes:
// without the second compiler it starts in 8 s instead of 14 and answers short queries faster.
var javaFlags = []string{
	"-Xmx3G", "-XX:+UseG1GC", "-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=256M", "-XX:+ExitOnOutOfMemoryError", "-Djdk.attach.allowAttachSelf=true",
	"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
}

// startTrino starts a server on a local port, or a free one if port is 0, and returns when it answers.
func startTrino(ctx context.Context, java, installed string, port int, stderr io.Writer) (s *trinoServer, err error) {
	folder, err := os.MkdirTemp("", "egret-trino-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	if port == 0 {
		if port, err = freePort(ctx); err != nil {
			return nil, err
		}
	}
	if err := writeTrinoSettings(folder, installed, port); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(folder, "server.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	args := append([]string{"-cp", filepath.Join(installed, "lib", "*")}, javaFlags...)
	args = append(args, "-Dconfig="+filepath.Join(folder, "etc", "config.properties"), "-Dnode.environment=test", "-Dnode.id=egret",
		"-Dnode.bind-ip=127.0.0.1", "-Dnode.internal-address=127.0.0.1", "-Dnode.data-dir="+folder, "io.trino.server.TrinoServer")
	s = &trinoServer{address: "http://127.0.0.1:" + strconv.Itoa(port), folder: folder, ended: make(chan struct{}), cmd: exec.Command(java, args...)}
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = folder, log, log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		s.waited = s.cmd.Wait()
		close(s.ended)
	}()
	if err := s.wait(ctx); err != nil {
		fmt.Fprintln(stderr, s.lastLines(40))
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// freePort returns a port on which nothing listens. Another program could take it before the server does.
func freePort(ctx context.Context) (int, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err = errors.Join(err, listener.Close()); err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// writeTrinoSettings creates a server's working folder: etc, and the plugins, which the server loads from there.
func writeTrinoSettings(folder, installed string, port int) error {
	files := map[string]string{
		"etc/config.properties": fmt.Sprintf(`coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port=%d
discovery.uri=http://127.0.0.1:%d
query.max-memory=1GB
query.max-length=10000000
`, port, port),
		"etc/catalog/tpch.properties":   "connector.name=tpch\n",
		"etc/catalog/memory.properties": "connector.name=memory\nmemory.max-data-per-node=512MB\n",
		"etc/catalog/hive.properties": `connector.name=hive
hive.metastore=file
hive.metastore.catalog.dir=local:///meta
fs.native-local.enabled=true
local.location=` + filepath.Join(folder, "hive") + `
hive.non-managed-table-writes-enabled=true
`,
		// A file metastore, like that of hive but in another folder. Trino provides this type for tests.
		"etc/catalog/iceberg.properties": `connector.name=iceberg
iceberg.catalog.type=TESTING_FILE_METASTORE
hive.metastore.catalog.dir=local:///iceberg-meta
fs.native-local.enabled=true
local.location=` + filepath.Join(folder, "hive") + `
`,
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(folder, "etc", "catalog"), 0o755), os.Mkdir(filepath.Join(folder, "hive"), 0o755)); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, name := range []string{"plugin", "secrets-plugin"} {
		if err := os.Symlink(filepath.Join(installed, name), filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	return nil
}

// wait returns when the server answers queries.
func (s *trinoServer) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startupLimit, fmt.Errorf("no answer from %s after %s", s.address, startupLimit))
	defer cancel()
	for {
		if s.ready(ctx) {
			return nil
		}
		select {
		case <-s.ended:
			return s.fault()
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// ready reports whether the server returns the row of a test query. A server that reports that it has started may not
// have registered its worker yet, and then its queries fail.
func (s *trinoServer) ready(ctx context.Context) bool {
	url, method := s.address+"/v1/statement", http.MethodPost
	var statement io.Reader = strings.NewReader("SELECT count(*) FROM tpch.tiny.region")
	for {
		request, err := http.NewRequestWithContext(ctx, method, url, statement)
		if err != nil {
			return false
		}
		request.Header.Set("X-Trino-User", "egret")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		var page struct {
			NextURI string
			Error   any
		}
		err = json.NewDecoder(response.Body).Decode(&page)
		response.Body.Close()
		if err != nil || page.Error != nil {
			return false
		}
		if page.NextURI == "" {
			return true
		}
		url, method, statement = page.NextURI, http.MethodGet, nil
	}
}

// fault returns how the process ended.
func (s *trinoServer) fault() error {
	return fmt.Errorf("%w: %w", errTrino, s.waited)
}

// lastLines returns the last lines of the server's log.
func (s *trinoServer) lastLines(count int) string {
	text, err := os.ReadFile(filepath.Join(s.folder, "server.log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}

// stop ends the server's process and removes its folder.
func (s *trinoServer) stop() error {
	term := s.cmd.Process.Signal(syscall.SIGTERM)
	patience := time.NewTimer(20 * time.Second)
	defer patience.Stop()
	if term == nil {
		select {
		case <-s.ended:
		case <-patience.C:
		}
	}
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-s.ended
	return os.RemoveAll(s.folder)
}
