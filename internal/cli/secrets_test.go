//go:build duckdb && cgo

package cli_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/testkit"
)

// No secret is ever printed, logged or stored: hunts and queries run with secrets that are known here, well and in every
// fault, and all that they leave behind is searched for these.

// vault holds secrets and what was said.
type vault struct {
	mutex   sync.Mutex
	secrets map[string]string // by name
	said    []string
}

func (v *vault) keep(name, secret string) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	if v.secrets == nil {
		v.secrets = map[string]string{}
	}
	if secret != "" {
		v.secrets[fmt.Sprintf("%s %d", name, len(v.secrets))] = secret
	}
}

func (v *vault) keepAll(c athenatest.Credentials) {
	v.keep("secret key", c.Secret)
	v.keep("session token", c.SessionToken)
	v.keep("access key", c.AccessKey)
}

// egret runs egret and keeps what it prints.
func (v *vault) egret(args ...string) run {
	r := inProcess(args...)
	v.said = append(v.said, r.stdout, r.stderr)
	return r
}

// forms are the ways in which a secret may stand in a text. A part of it is as bad, so that only its beginning counts.
func forms(secret string) map[string]string {
	part := secret[:min(len(secret), 16)]
	list := map[string]string{
		"as it is": part, "in hexadecimal": hex.EncodeToString([]byte(part)), "in a query": url.QueryEscape(part), "in a path": url.PathEscape(part),
		"quoted": strings.Trim(fmt.Sprintf("%q", part), `"`),
	}
	text, _ := json.Marshal(part) // texts always marshal
	list["in JSON"] = strings.Trim(string(text), `"`)
	for offset := range 3 {
		// Before it stands what nobody knows: those digits are left out that depend on it, and on what follows.
		whole := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", offset) + part))
		known := whole[(offset*8+5)/6 : (offset+len(part))*8/6]
		list[fmt.Sprintf("in base64 %d", offset)] = known
		list[fmt.Sprintf("in base64 for URLs %d", offset)] = strings.NewReplacer("+", "-", "/", "_").Replace(known)
	}
	return list
}

// leaks are the secrets in a text.
func (v *vault) leaks(text string) []string {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	var list []string
	for name, secret := range v.secrets {
		for form, part := range forms(secret) {
			if strings.Contains(text, part) || form == "in hexadecimal" && strings.Contains(strings.ToLower(text), part) {
				list = append(list, name+" "+form)
			}
		}
	}
	return list
}

// search looks through all that was said, and through all files below the folder, unpacked.
func (v *vault) search(t *testing.T, dir string) (files int) {
	t.Helper()
	for _, text := range v.said {
		if found := v.leaks(text); len(found) > 0 {
			t.Errorf("%s in what was printed:\n%s", strings.Join(found, ", "), text)
		}
	}
	zip, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer zip.Close()
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		var text []byte
		if err == nil && !d.IsDir() {
			text, err = os.ReadFile(path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the stand-in for Athena removes its results when a query is over
		}
		if err != nil || d.IsDir() {
			return err
		}
		files++
		texts := []string{path, string(text)}
		if strings.HasSuffix(path, ".zst") || strings.HasSuffix(path, ".tmp") {
			rows, _ := zip.DecodeAll(text, nil) // of a file that was cut off, what came before
			texts = append(texts, string(rows))
		}
		for _, text := range texts {
			if found := v.leaks(text); len(found) > 0 {
				t.Errorf("%s in %s:\n%.2000s", strings.Join(found, ", "), path, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return files
}

// TestTheSearchFindsSecrets: a search that finds nothing must be able to.
func TestTheSearchFindsSecrets(t *testing.T) {
	const secret = `p&ss w"ord: %2F+/é!` + "0123456789"
	var v vault
	v.keep("password", secret)
	for _, text := range []string{
		secret, "x" + secret + "x", url.QueryEscape(secret), url.PathEscape(secret), fmt.Sprintf("%q", secret), fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret),
		"Basic " + base64.StdEncoding.EncodeToString([]byte("hunter:"+secret)), base64.URLEncoding.EncodeToString([]byte("a:" + secret)),
		base64.StdEncoding.EncodeToString([]byte(secret + " and more")), `{"password":"p\u0026ss w\"ord: %2F+/é!` + `0123456789"}`, secret[:20],
	} {
		if len(v.leaks(text)) == 0 {
			t.Errorf("not found in %s", text)
		}
	}
	dir := t.TempDir()
	zip, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "1.zst"), zip.EncodeAll([]byte("row "+secret), nil), 0o600); err != nil {
		t.Fatal(err)
	}
	inner := &testing.T{}
	done := make(chan struct{})
	go func() { // a test that fails may end its goroutine
		defer close(done)
		v.search(inner, dir)
	}()
	<-done
	if !inner.Failed() {
		t.Error("not found in a packed file")
	}
}

const huntRole = "arn:aws:iam::111122223333:role/hunt"

var assumed = regexp.MustCompile(`<(SecretAccessKey|SessionToken|AccessKeyId)>([^<]+)<`)

// witnessed puts a witness before the endpoint, which learns the credentials of roles, and gives egret those of a session.
func (v *vault) witnessed(t *testing.T, l *duckLake) {
	t.Helper()
	target, err := url.Parse(l.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target) // the host stays that of the signature
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Header.Get("Content-Type") != "text/xml" {
			return nil
		}
		body, err := readAll(r)
		for _, m := range assumed.FindAllStringSubmatch(body, -1) {
			v.keep("role's "+m[1], m[2])
		}
		return err
	}
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	session := l.Session(hunter, time.Hour)
	v.keepAll(session)
	v.keepAll(l.Credentials())
	e := l.Endpoint()
	e.URL, e.Credentials = front.URL, session
	e.SetEnv(t)
}

// everything runs the commands that reach a lake, or those of them that are wanted by their index. The others have an empty result.
func (v *vault) everything(id string, wanted func(i int) bool) []run {
	var list []run
	for i, args := range [][]string{
		{"query", "ping", "--lake", "prod"},
		{"query", "start", "--lake", "prod", "SELECT eventid FROM trail"},
		{"query", "start", "--lake", "prod", "--state", "queries", "SELECT * FROM nowhere"},
		{"query", "status", "--lake", "prod", id}, {"query", "results", "--lake", "prod", id}, {"query", "delete", "--lake", "prod", id},
		{"table", "check", "--lake", "prod", "--rules", "rules.yml"}, {"table", "check", "--lake", "prod", "--rules", "rules.yml", "--format", "json"},
		append([]string{"hunt", "--lake", "prod", "--rules", "rules.yml", "--dry-run", "--format", "json", "-o", "plan.json"}, window...),
		append([]string{"hunt", "--lake", "prod", "--rules", "rules.yml", "--format", "jsonl", "--ledger", "ledger.json", "--context", "5m", "--state", "hunts"}, window...),
		{"hunt", "--resume", "latest", "--state", "hunts", "--ledger", "ledger2.json"},
	} {
		if !wanted(i) {
			list = append(list, run{})
			continue
		}
		list = append(list, v.egret(args...))
	}
	return list
}

// always wants every command.
func always(int) bool { return true }

// third wants one command in three, other ones for each n, unless testkit.Long.
func third(n int) func(int) bool {
	return func(i int) bool { return testkit.Long() || (i+n)%3 == 0 }
}

func TestNoSecretOfAthenaIsSaidOrStored(t *testing.T) {
	l := newLake(t, func(o *athenatest.Options) { o.Roles = []athenatest.Role{{ARN: huntRole, ExternalID: "x1"}} }, "role: "+huntRole, "external_id: x1")
	var v vault
	v.witnessed(t, l)
	for i, r := range v.everything("00000000-0000-4000-a000-000000000000", always) {
		if want := []int{0, 0, 0, 4, 4, 4}; i < len(want) && r.code != want[i] {
			t.Errorf("%d: %+v", i, r)
		}
	}
	if len(v.secrets) < 8 {
		t.Errorf("only %d secrets are known: %v", len(v.secrets), v.secrets)
	}
	// A hunt that is stopped by its budget keeps its rows.
	if r := v.egret(append([]string{"hunt", "--lake", "prod", "--rules", "rules.yml", "--budget", "30MB", "--in-flight", "1"}, window...)...); r.code != 5 {
		t.Errorf("%+v", r)
	}
	if n := v.search(t, "."); n < 10 {
		t.Errorf("only %d files", n)
	}
	if rows, err := filepath.Glob(".state/egret/hunts/*/rows/*.zst"); err != nil || len(rows) == 0 {
		t.Errorf("no rows are kept: %v, %v", rows, err)
	}
}

// A hunt that was killed leaves all its files as they were.
func TestNoSecretStaysAfterAKill(t *testing.T) {
	l := newLake(t, func(o *athenatest.Options) {
		o.Backend = waitsFor(o.Backend, nil, "2026/03/11")
		o.Roles = []athenatest.Role{{ARN: huntRole}}
	}, "role: "+huntRole)
	var v vault
	v.witnessed(t, l)
	cmd := exec.Command("egret", append([]string{"hunt", "--lake", "prod", "--rules", "rules.yml", "--in-flight", "1", "--chunk", "1d"}, window...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); len(l.asked()) < 5; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("no fifth query")
			break
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if rows, err := filepath.Glob(".state/egret/hunts/*/rows/*.zst"); err != nil || len(rows) == 0 {
		t.Errorf("no rows are kept: %v, %v", rows, err)
	}
	v.search(t, ".")
}

// TestNoSecretIsPartOfAFault: in every fault that hunters meet, and with services that repeat what they were sent.
func TestNoSecretIsPartOfAFault(t *testing.T) {
	list := lakeFaults()
	echo := func(l *duckLake) string {
		c := os.Getenv("AWS_SECRET_ACCESS_KEY")
		return "The Canonical String for this request should have been 'POST / host:x x-amz-security-token:" + os.Getenv("AWS_SESSION_TOKEN") + " ' with the key " + c + " of " + os.Getenv("AWS_ACCESS_KEY_ID")
	}
	for i, action := range []string{"athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetTableMetadata", "athena:GetWorkGroup", "s3:GetObject", "sts:AssumeRole"} {
		for k, name := range []string{"InvalidSignatureException", "AccessDeniedException", "InvalidRequestException", "NobodyKnowsException"} {
			if k != i%4 && !testkit.Long() {
				continue // each action and each error once, instead of each with each
			}
			list = append(list, lakeFault{name: action + " answers with what it was sent, as " + name, setup: func(l *duckLake) {
				l.AddRule(athenatest.Rule{Action: action, Refusal: &athenatest.Refusal{Status: 403, Type: name, Message: echo(l)}})
			}})
		}
	}
	list = append(list, lakeFault{name: "a query fails with what was sent", setup: func(l *duckLake) {
		l.AddRule(athenatest.Rule{Action: athenatest.Execution, Match: "SELECT", Failure: &athenatest.Failure{Reason: "GENERIC_USER_ERROR: " + echo(l), Category: 2, Type: 1000}})
	}})
	for i, f := range list {
		t.Run(f.name, func(t *testing.T) {
			setup := f.setup
			f.setup = nil
			env := f.env
			f.env = nil
			if f.lines == nil && len(f.more) == 0 {
				options := f.options
				f.more = []string{"role: " + huntRole}
				f.options = func(o *athenatest.Options) {
					o.Roles = []athenatest.Role{{ARN: huntRole}}
					if options != nil {
						options(o)
					}
				}
			}
			l := f.wrong(t)
			var v vault
			v.witnessed(t, l)
			for name, value := range env {
				t.Setenv(name, value)
				if strings.HasSuffix(name, "_KEY") {
					v.keep(name, value)
				}
			}
			if setup != nil {
				setup(l)
				v.keep("token now", os.Getenv("AWS_SESSION_TOKEN"))
			}
			v.everything("00000000-0000-4000-a000-000000000000", third(i))
			v.search(t, ".")
			for _, text := range v.said {
				if found := internals.FindString(text); found != "" {
					t.Errorf("%q in\n%s", found, text)
				}
			}
		})
	}
}
