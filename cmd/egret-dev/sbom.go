package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
)

// The parts of CycloneDX 1.5 that a list of modules needs (https://cyclonedx.org/docs/1.5/json/).
type (
	bom struct {
		Format       string          `json:"bomFormat"`
		SpecVersion  string          `json:"specVersion"`
		Version      int             `json:"version"`
		Metadata     bomMetadata     `json:"metadata"`
		Components   []bomComponent  `json:"components"`
		Dependencies []bomDependency `json:"dependencies"`
	}
	bomMetadata struct {
		Component bomComponent `json:"component"`
	}
	bomComponent struct {
		Type    string    `json:"type"`
		Ref     string    `json:"bom-ref"`
		Name    string    `json:"name"`
		Version string    `json:"version"`
		PURL    string    `json:"purl"`
		Hashes  []bomHash `json:"hashes,omitempty"`
	}
	bomHash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	bomDependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn"`
	}
)

// writeSBOM writes which modules are linked into a binary, as CycloneDX. The same binary gives the same bytes.
func writeSBOM(args []string, _, stderr io.Writer) error {
	flags := flag.NewFlagSet("sbom", flag.ContinueOnError)
	flags.SetOutput(stderr)
	binary := flags.String("binary", "", "the binary")
	version := flags.String("version", "", "its version; default: what the Go command wrote into it")
	out := flags.String("out", "", "the file to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *binary == "" || *out == "" {
		return fmt.Errorf("sbom needs -binary and -out")
	}
	info, err := buildinfo.ReadFile(*binary)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(makeBOM(info, *version), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(*out, append(text, '\n'), 0o644)
}

func makeBOM(info *debug.BuildInfo, version string) bom {
	main := component("application", info.Main.Path, cmp.Or(version, info.Main.Version), "")
	b := bom{Format: "CycloneDX", SpecVersion: "1.5", Version: 1, Metadata: bomMetadata{main}, Components: []bomComponent{}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		b.Components = append(b.Components, component("library", m.Path, m.Version, m.Sum))
	}
	b.Components = append(b.Components, component("library", "std", strings.TrimPrefix(info.GoVersion, "go"), ""))
	slices.SortFunc(b.Components, func(x, y bomComponent) int { return strings.Compare(x.Ref, y.Ref) })
	uses := bomDependency{Ref: main.Ref, DependsOn: []string{}}
	for _, c := range b.Components {
		uses.DependsOn = append(uses.DependsOn, c.Ref)
	}
	b.Dependencies = []bomDependency{uses}
	return b
}

// component describes a module. sum is its h1: checksum in go.sum, the SHA-256 of a list of its files, or "".
func component(kind, path, version, sum string) bomComponent {
	purl := "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
	c := bomComponent{Type: kind, Ref: purl, Name: path, Version: version, PURL: purl}
	if text, ok := strings.CutPrefix(sum, "h1:"); ok {
		if raw, err := base64.StdEncoding.DecodeString(text); err == nil {
			c.Hashes = []bomHash{{"SHA-256", hex.EncodeToString(raw)}}
		}
	}
	return c
}
