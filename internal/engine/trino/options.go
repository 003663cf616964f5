package trino

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// Options configure the connection to a cluster. URL is required, and User or Token.
type Options struct {
	// OnPause, if not nil, is called before each pause with the reason for retrying a call and the length of the pause.
	// It may be called from several goroutines.
	OnPause func(err error, pause time.Duration) `json:"-"`
	// URL is the address of the coordinator: https://host or https://host:port, without path and credentials. http is
	// allowed without credentials, or if host is this machine.
	URL string
	// User is the user that queries run as. With Token it may be ""; then the token determines the user.
	User string
	// Password belongs to User (basic authentication), Token is a JWT or an OAuth 2.0 access token; at most one of
	// them may be set. Both are empty if the cluster needs no authentication.
	Password, Token Secret
	// Catalog and Schema are the defaults for table names without them; Schema requires Catalog.
	Catalog, Schema string
	// Session are session properties: "query_priority", or "catalog.name" for those of a catalog. Not every user may
	// set query_max_run_time and query_max_scan_physical_bytes, which egret sets: the value "default" leaves them to
	// the cluster.
	Session map[string]string
	// CAFile is a file of PEM certificates that are trusted instead of the system's; "" for the system's.
	CAFile string
	// MaxRunTime ends queries that wait and run longer, because a regular expression on malicious logs may run
	// forever. 0 means 30 minutes, less than 0 leaves it to the cluster. The session property query_max_run_time takes
	// precedence.
	MaxRunTime time.Duration
	// Timeout is the maximum time of one request, 0 for two minutes. Queries may run longer, because they are many
	// requests.
	Timeout time.Duration
}

const (
	defaultMaxRunTime = 30 * time.Minute
	defaultTimeout    = 2 * time.Minute
	// source is the client's name in the cluster's list of queries.
	source = "egret"
	// scanLimit is the session property for Statement.MaxBytes.
	scanLimit = "query_max_scan_physical_bytes"
	runLimit  = "query_max_run_time"
	// unset is the value with which these two properties are not set.
	unset = "default"
)

// address checks the URL, and that credentials are safe with it.
func (o *Options) address() (*url.URL, error) {
	if o.URL == "" {
		return nil, errors.New("the url is missing: expected https://host:port")
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		// The parser's message repeats the text, which may contain a password.
		return nil, errors.New("the url is not valid: expected https://host:port")
	}
	switch {
	case u.User != nil:
		return nil, errors.New("the url contains credentials: set user and password separately")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the url begins with neither https:// nor http://")
	case u.Hostname() == "" || strings.ContainsFunc(u.Host, unicode.IsSpace):
		return nil, errors.New("the url has no host: expected https://host:port")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the url continues after the host: expected https://host:port")
	case u.Scheme == "http" && o.Password+o.Token != "" && !loopback(u.Hostname()):
		return nil, errors.New("the url begins with http://: a password or token would be sent unencrypted, use https://")
	}
	return &url.URL{Scheme: u.Scheme, Host: hostPort(u)}, nil
}

// hostPort returns the host in lower case, with the port if it is not the default.
func hostPort(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		port = ""
	}
	if port == "" {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, port)
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

var (
	propertyName = lazyre.New(`^[A-Za-z0-9_]+(\.[A-Za-z0-9_-]+)?$`)
	dataSize     = lazyre.New(`^\s*([0-9]+(?:\.[0-9]+)?)\s*(B|kB|MB|GB|TB|PB)\s*$`)
)

// check checks everything except the address.
func (o *Options) check() error {
	switch {
	case o.Password != "" && o.Token != "":
		return errors.New("password and token are both given: one of them is enough")
	case o.Password != "" && o.User == "":
		return errors.New("a password is given, but no user")
	case o.User == "" && o.Token == "":
		return errors.New("the user is missing: queries run under its name")
	case o.Password != "" && strings.Contains(o.User, ":"):
		return errors.New("the user contains a colon, which basic authentication does not allow")
	case o.Schema != "" && o.Catalog == "":
		return errors.New("a schema is given, but no catalog")
	}
	for _, name := range []struct{ what, text string }{
		{"user", o.User}, {"catalog", o.Catalog}, {"schema", o.Schema}, {"password", string(o.Password)}, {"token", string(o.Token)},
	} {
		if strings.ContainsFunc(name.text, unicode.IsControl) || !utf8.ValidString(name.text) {
			return fmt.Errorf("the %s contains a character that is not allowed in a header, possibly a trailing line break", name.what)
		}
	}
	if strings.ContainsFunc(string(o.Token), func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("the token contains a space or another character that is not allowed")
	}
	for _, name := range slices.Sorted(maps.Keys(o.Session)) {
		value := o.Session[name]
		if !propertyName.MatchString(name) {
			return fmt.Errorf("session property %.100q: expected a name, or catalog.name", name)
		}
		if strings.ContainsFunc(value, unicode.IsControl) || !utf8.ValidString(value) {
			return fmt.Errorf("session property %s: its value contains a control character", name)
		}
	}
	if limit, ok := o.Session[scanLimit]; ok && limit != unset {
		if _, ok := parseDataSize(limit); !ok {
			return fmt.Errorf("session property %s: expected a size such as 100GB, found %.100q", scanLimit, limit)
		}
	}
	return nil
}

// parseDataSize parses sizes in Trino's form, whose units are binary.
func parseDataSize(text string) (int64, bool) {
	m := dataSize.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	for _, unit := range []string{"B", "kB", "MB", "GB", "TB", "PB"} {
		if unit == m[2] {
			break
		}
		n *= 1024
	}
	return int64(n), err == nil && n < math.MaxInt64
}

// session returns the properties of a query that may read maxBytes bytes, 0 for no limit.
func (o *Options) session(maxBytes int64) map[string]string {
	properties := map[string]string{}
	run := o.MaxRunTime
	if run == 0 {
		run = defaultMaxRunTime
	}
	if run > 0 {
		properties[runLimit] = strconv.FormatInt(max(1, int64(run/time.Millisecond)), 10) + "ms"
	}
	if maxBytes > 0 {
		properties[scanLimit] = strconv.FormatInt(maxBytes, 10) + "B"
	}
	for name, value := range o.Session {
		if own, ok := parseDataSize(value); name == scanLimit && ok && maxBytes > 0 && own > maxBytes {
			continue // the query's own limit is lower
		}
		properties[name] = value
	}
	maps.DeleteFunc(properties, func(name, value string) bool { return value == unset && (name == runLimit || name == scanLimit) })
	return properties
}
