package site

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"
)

// A Page is a page of egret serve.
type Page struct {
	// Name is one lower-case word, unique among pages. The page is at /Name, and its files are at /assets/Name/.
	Name string
	// Title stands in the navigation and in the title of the window. About says in one sentence what the page is for.
	Title, About string
	// Files has the page's template, scripts and styles.
	Files fs.FS
	// Template is a file of Files that defines the template "body".
	Template string
	// Scripts and Styles are files of Files. Scripts are modules; each is loaded by the page if it is in Load.
	Scripts, Styles []string
	// Load are those of Scripts that the page loads; the others are for them to import.
	Load []string
	// Data returns what the template gets. An error becomes a page that says so, with its status if it is a *StatusError. Nil is for
	// templates without data.
	Data func(r *http.Request) (any, error)
	// Routes are further requests that the page answers.
	Routes []Route
}

// A Route is a pattern of http.ServeMux with its handler.
type Route struct {
	Pattern string
	Handler http.HandlerFunc
}

// A StatusError is an error with the status of the answer and advice, which may be empty.
type StatusError struct {
	Status  int
	Message string
	Help    string
}

// Error returns the message.
func (f *StatusError) Error() string { return f.Message }

// flag is a flag of the command line that is a key of requests and a field of forms.
var flag = regexp.MustCompile(`--(budget|format|from|last|layout|min-level|region|table|time-field|time-format|to|unmapped)\b`)

// Words makes a message of the command line one for a request: without the flag that it begins with, and with names of fields for other
// flags.
func Words(text string) string {
	if rest, ok := strings.CutPrefix(text, "-O: "); ok {
		return rest
	}
	if strings.HasPrefix(text, "--") {
		if _, rest, ok := strings.Cut(text, ": "); ok {
			return rest
		}
	}
	return flag.ReplaceAllString(text, "$1")
}
