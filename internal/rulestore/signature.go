package rulestore

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"aead.dev/minisign"
)

// verify checks a signature of minisign and returns the id of the key, "" if no key is given.
func verify(text []byte, key, signature string) (string, error) {
	if key == "" {
		return "", nil
	}
	var public minisign.PublicKey
	if err := public.UnmarshalText([]byte(keyLine(key))); err != nil {
		return "", errors.New("the minisign key cannot be read; it is the line that begins with RW")
	}
	if signature == "" {
		return "", errors.New("there is no signature")
	}
	var parsed minisign.Signature
	if err := parsed.UnmarshalText([]byte(signature)); err != nil {
		return "", errors.New("the signature cannot be read; expected a file of minisign")
	}
	if parsed.KeyID != public.ID() {
		return "", fmt.Errorf("the signature is by the key %X, expected %X", parsed.KeyID, public.ID())
	}
	if !minisign.Verify(public, text, []byte(signature)) {
		return "", errors.New("the signature is not valid for this archive")
	}
	return strings.ToUpper(strconv.FormatUint(public.ID(), 16)), nil
}

// keyLine returns the line with the key of a file of minisign, or the key itself.
func keyLine(key string) string {
	for line := range strings.Lines(key) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "RW") {
			return line
		}
	}
	return strings.TrimSpace(key)
}
