package trino

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Options say how a cluster is reached. URL is needed, and User or Token.
type Options struct {
	// Waits, unless it is nil, is told before each wait why a call is made again, and after how long. It may be called from
	// several goroutines.
	Waits func(err error, pause time.Duration) `json:"-"`
	// URL is the address of the coordinator: https://host or https://host:port, without path and credentials. http does
	// without credentials, and with them where host is this machine.
	URL string
	// User is the name that queries run under. With Token it may be "": then it is the token's.
	User string
	// Password goes with User (basic authentication), Token is a JWT or an OAuth 2.0 access token; at most one of them is
	// set. Both empty: the cluster takes anybody by name.
	Password, Token Secret
	// Catalog and Schema hold for tables whose names leave them out; Schema needs Catalog.
	Catalog, Schema string
	// Session are session properties: "query_priority", or "catalog.name" for those of a catalog. Not every user may set
	// query_max_run_time and query_max_scan_physical_bytes, which egret sets: the value "default" leaves them to the cluster.
	Session map[string]string
	// CAFile is a file of certificates in PEM which is trusted instead of the system's, "" for the system's.
	CAFile string
	// MaxRunTime ends queries that wait and run longer: regular expressions on hostile logs may take for ever. 0 means 30
	// minutes, less than 0 leaves it to the cluster. The session property query_max_run_time wins over it.
	MaxRunTime time.Duration
	// Timeout is how long one request may take, 0 for two minutes. Queries run longer than that: they are many requests.
	Timeout time.Duration
}

const (
	defaultMaxRunTime = 30 * time.Minute
	defaultTimeout    = 2 * time.Minute
	// source is what the cluster's list of queries shows.
	source = "egret"
	// scanLimit is the session property of Statement.MaxBytes.
	scanLimit = "query_max_scan_physical_bytes"
	runLimit  = "query_max_run_time"
	// unset is the value of these two that keeps egret from setting them.
	unset = "default"
)

// address checks the URL, and that credentials are safe there.
func (o *Options) address() (*url.URL, error) {
	if o.URL == "" {
		return nil, errors.New("the url is missing: expected https://host:port")
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		// The parser's message repeats the text, which may hold a password.
		return nil, errors.New("the url is none: expected https://host:port")
	}
	switch {
	case u.User != nil:
		return nil, errors.New("the url holds credentials: give user and password on their own")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the url begins with neither https:// nor http://")
	case u.Hostname() == "" || strings.ContainsFunc(u.Host, unicode.IsSpace):
		return nil, errors.New("the url has no host: expected https://host:port")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the url goes on after the host: expected https://host:port")
	case u.Scheme == "http" && o.Password+o.Token != "" && !loopback(u.Hostname()):
		return nil, errors.New("the url begins with http://: a password or token would cross the network in the clear, use https://")
	}
	return &url.URL{Scheme: u.Scheme, Host: hostPort(u)}, nil
}

// hostPort is the host in lower case, with the port where it is not the usual one.
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
	propertyName = regexp.MustCompile(`^[A-Za-z0-9_]+(\.[A-Za-z0-9_-]+)?$`)
	dataSize     = regexp.MustCompile(`^\s*([0-9]+(?:\.[0-9]+)?)\s*(B|kB|MB|GB|TB|PB)\s*$`)
)

// check looks at everything but the address.
func (o *Options) check() error {
	switch {
	case o.Password != "" && o.Token != "":
		return errors.New("password and token are both given: one of them is enough")
	case o.Password != "" && o.User == "":
		return errors.New("a password is given, but no user")
	case o.User == "" && o.Token == "":
		return errors.New("the user is missing: queries run under its name")
	case o.Password != "" && strings.Contains(o.User, ":"):
		return errors.New("the user holds a colon, which basic authentication cannot say")
	case o.Schema != "" && o.Catalog == "":
		return errors.New("a schema is given, but no catalog")
	}
	for _, name := range []struct{ what, text string }{
		{"user", o.User}, {"catalog", o.Catalog}, {"schema", o.Schema}, {"password", string(o.Password)}, {"token", string(o.Token)},
	} {
		if strings.ContainsFunc(name.text, unicode.IsControl) || !utf8.ValidString(name.text) {
			return fmt.Errorf("the %s holds a character that no header can: maybe a line end at its end", name.what)
		}
	}
	if strings.ContainsFunc(string(o.Token), func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("the token holds a space or a letter that tokens do not have")
	}
	for _, name := range slices.Sorted(maps.Keys(o.Session)) {
		value := o.Session[name]
		if !propertyName.MatchString(name) {
			return fmt.Errorf("session property %.100q: expected a name, or catalog.name", name)
		}
		if strings.ContainsFunc(value, unicode.IsControl) || !utf8.ValidString(value) {
			return fmt.Errorf("session property %s: its value holds a control character", name)
		}
	}
	if limit, ok := o.Session[scanLimit]; ok && limit != unset {
		if _, ok := parseDataSize(limit); !ok {
			return fmt.Errorf("session property %s: expected a size such as 100GB, found %.100q", scanLimit, limit)
		}
	}
	return nil
}

// parseDataSize reads sizes as Trino writes them, whose units are binary.
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

// session are the properties of a query that may read so many bytes, 0 for no limit.
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
