package htmlreport

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
)

//go:embed assets
var assets embed.FS

// hash returns the source of a Content-Security-Policy for the content of an element.
func hash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Policy returns the Content-Security-Policy of reports, for servers that set it as a header too.
func Policy() (string, error) {
	code, err := script()
	if err != nil {
		return "", err
	}
	style, err := assets.ReadFile("assets/report.css")
	return policyFor(string(style), code), err
}

func policyFor(style, code string) string {
	return "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(code) + "; img-src data:; base-uri 'none'; form-action 'none'"
}

// write writes the whole page.
func (h *Writer) write(summary *finding.Summary, ledger *finding.Ledger) error {
	code, err := script()
	if err != nil {
		return err
	}
	style, err := assets.ReadFile("assets/report.css")
	if err != nil {
		return err
	}
	page, err := template.New("").Funcs(functions).ParseFS(assets, "assets/*.tmpl")
	if err != nil {
		return err
	}
	v := h.view(summary, ledger)
	v.Policy = policyFor(string(style), code)
	v.Style = template.HTML("<style>" + string(style) + "</style>") //nolint:gosec // an embedded file
	if err := page.ExecuteTemplate(h.w, "page.tmpl", v); err != nil {
		return err
	}
	if err := h.writeData(ledger); err != nil {
		return err
	}
	_, err = io.WriteString(h.w, "<script>"+code+"</script>\n</body>\n</html>\n")
	return err
}

// functions are what templates call.
var functions = template.FuncMap{
	"count":  countText,
	"plural": term.Plural[int],
	"level":  func(l finding.Level) string { return l.String() },
}

func countText(n any) string {
	switch n := n.(type) {
	case int:
		return term.Count(n)
	case int64:
		return term.Count(n)
	}
	return fmt.Sprint(n)
}

const (
	// blockBytes is how much text a block of details holds before it is compressed.
	blockBytes = 256 << 10
	// maxDetailBytes limits the text of all details. Beyond it the least severe findings go without their raw events.
	maxDetailBytes = 128 << 20
)

// block collects details that are compressed together.
type block struct {
	text bytes.Buffer
	out  bytes.Buffer
}

// flush writes the block as an element with a number. Base64 has no character that means anything in HTML.
func (b *block) flush(w io.Writer, number int) error {
	b.out.Reset()
	encoder := base64.NewEncoder(base64.StdEncoding, &b.out)
	packer, err := gzip.NewWriterLevel(encoder, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := packer.Write(b.text.Bytes()); err != nil {
		return err
	}
	if err := packer.Close(); err != nil {
		return err
	}
	if err := encoder.Close(); err != nil {
		return err
	}
	b.text.Reset()
	_, err = fmt.Fprintf(w, "<script type=\"text/plain\" id=\"block-%d\">%s</script>\n", number, b.out.Bytes())
	return err
}
