package config

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/redact"
	"github.com/egret-hunt/egret/source"
)

// secretKeys are keys that people use for secrets in configurations, without dashes and underscores.
var secretKeys = []string{"password", "passwd", "pass", "token", "jwt", "accesstoken", "bearer", "secret", "accesskey", "accesskeyid",
	"secretkey", "secretaccesskey", "sessiontoken", "awsaccesskeyid", "awssecretaccesskey", "awssessiontoken", "apikey", "credentials"}

func isSecretKey(name string) bool { return slices.Contains(secretKeys, bareWord(name)) }

// nearSecretKey reports whether a key looks like a misspelt secretKeys entry, so that its value may be a secret.
func nearSecretKey(name string) bool { return diag.Near(bareWord(name), secretKeys) != "" }

func bareWord(name string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
}

// secret reports a secret in the file.
func (p *parser) secret(key, value *yaml.Node) {
	p.secrets = append(p.secrets, p.span(value))
	help := "put it into an environment variable and write for example password_env: TRINO_PASSWORD"
	switch word := strings.ToLower(key.Value); {
	case strings.Contains(word, "key") || strings.Contains(word, "session") || word == "credentials":
		help = "AWS's credentials come from the environment, a profile (profile: NAME) or a role (role: ARN)"
	case strings.Contains(word, "token") || word == "jwt" || word == "bearer":
		help = "put it into an environment variable and write for example token_env: TRINO_TOKEN"
	}
	p.fault(key, "config-value", "secrets are not allowed in the file", help)
}

// secretLine matches the rest of a line after a key for a secret. It works even if the file is not valid YAML.
var secretLine = lazyre.New(`(?i)(?:pass|token|jwt|bearer|secret|access_?key|credential)[a-z_-]*["']?[ \t]*[:=][ \t]*(\S[^\r\n]*)`)

// quoted matches text of the file that messages of the YAML library repeat.
var quoted = lazyre.New(`'([^']+)'`)

// hideSecrets removes secrets from diagnostics. Diagnostics show lines of the file, so it also gives them a copy of the
// file with secrets replaced by stars.
func (p *parser) hideSecrets() {
	text := []byte(p.file.Text)
	var values []string
	hide := func(start, end int) {
		values = append(values, p.file.Text[start:end])
		for i := start; i < end; i++ {
			text[i] = '*'
		}
	}
	for _, span := range p.secrets {
		hide(span.Start, span.End)
	}
	for _, match := range secretLine.FindAllStringSubmatchIndex(p.file.Text, -1) {
		hide(match[2], match[3])
	}
	if values == nil {
		for i := range p.list {
			p.list[i].Message = redact.Text(p.list[i].Message)
		}
		return
	}
	shown := source.NewFile(p.file.Name, string(text))
	swap := func(span *source.Span) {
		if span.File == p.file {
			span.File = shown
		}
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	for i := range p.list {
		d := &p.list[i]
		d.Message, d.Help = withoutValues(d.Message, values), withoutValues(d.Help, values)
		swap(&d.Span)
		for j := range d.Labels {
			swap(&d.Labels[j].Span)
		}
		if d.Code == "config-syntax" {
			d.Message = quoted.ReplaceAllStringFunc(d.Message, func(word string) string {
				if slices.ContainsFunc(values, func(value string) bool { return strings.Contains(value, word[1:len(word)-1]) }) {
					return "'…'"
				}
				return word
			})
		}
	}
}

// withoutValues removes secrets, quoted or not, from a message.
func withoutValues(text string, values []string) string {
	for _, value := range values {
		bare := strings.Trim(value, "\"' \t")
		if len(bare) < 4 { // a shorter value would match inside ordinary words
			continue
		}
		quoted := strconv.Quote(bare)
		for _, form := range []string{bare, quoted[1 : len(quoted)-1]} {
			text = strings.ReplaceAll(text, form, redact.Stars)
		}
	}
	return redact.Text(text)
}
