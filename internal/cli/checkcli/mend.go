package checkcli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/source"
)

// progress says how far the checks are.
type progress struct{ done, total atomic.Int64 }

func (p *progress) set(done, total int) {
	p.done.Store(int64(done))
	p.total.Store(int64(total))
}

func (p *progress) show() term.State {
	done, total := p.done.Load(), p.total.Load()
	text := "Parsing Sigma rules"
	if total > 0 {
		text = fmt.Sprintf("Parsing Sigma rules: %s of %s files", term.Count(done), term.Count(total))
	}
	if total > 0 && done == total {
		text = "Checking"
	}
	return term.State{Text: text, Done: done, Total: total}
}

// mend mends the files, or prints the differences with --diff. It returns the result of the mended files.
func (f *flags) mend(ctx context.Context, stdout io.Writer, inputs []check.Input, options check.Options, result *check.Result) (*check.Result, error) {
	alone := options // the checks over several files have no fixes, and one file does not show what they report
	alone.Alone, alone.Progress = true, nil
	one := func(file *source.File) []*check.Diagnostic {
		input := check.Input{Name: file.Name, Read: func() ([]byte, error) { return []byte(file.Text), nil }}
		r, err := check.Run(ctx, []check.Input{input}, alone)
		if err != nil {
			return nil // the context has ended; nothing is mended
		}
		return onlyOf(file, r.Diagnostics)
	}
	changed, mended := 0, 0
	for _, input := range inputs {
		file := result.Sources[input.Name]
		if file == nil {
			continue
		}
		text, n := check.Fix(one, file)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		changed, mended = changed+1, mended+n
		if f.diff {
			if _, err := io.WriteString(stdout, unified(file.Name, file.Text, text)); err != nil {
				return nil, err
			}
			continue
		}
		if err := replace(file, text); err != nil {
			return nil, &setup.Error{Kind: setup.Input, Err: err}
		}
	}
	if f.diff || changed == 0 {
		return result, nil
	}
	options.Progress = nil
	after, err := check.Run(ctx, inputs, options)
	if err != nil || f.quiet || f.format != "text" {
		return after, err
	}
	_, err = fmt.Fprintf(stdout, "Mended %s in %s.\n", term.Plural(mended, "diagnostic"), term.Plural(changed, "file"))
	return after, err
}

// onlyOf returns diagnostics with the file that they are about, whose text is the same.
func onlyOf(file *source.File, list []*check.Diagnostic) []*check.Diagnostic {
	for _, d := range list {
		d.Span.File = file
		for i := range d.Fixes {
			d.Fixes[i].Span.File = file
		}
	}
	return list
}

// replace writes a file through a temporary one beside it, so that a crash leaves the old one. Its mode stays.
func replace(file *source.File, text string) error {
	if file.Name == "<stdin>" || strings.HasPrefix(file.Name, setup.Starter+"/") {
		if _, err := os.Stat(file.Name); err != nil {
			return fmt.Errorf("%s cannot be changed; --diff prints what --fix would do", file.Name)
		}
	}
	if setup.IsInstalled(file.Name) {
		return fmt.Errorf("%s is of an installed package, which stays as its publisher made it; --diff prints what --fix would do", file.Name)
	}
	path, err := realPath(file.Name)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	now, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if string(now) != file.Text {
		return fmt.Errorf("%s has changed meanwhile", file.Name)
	}
	temporary := path + ".egret-fix"
	if err := os.WriteFile(temporary, []byte(text), info.Mode().Perm()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		os.Remove(temporary)
		return err
	}
	return nil
}
