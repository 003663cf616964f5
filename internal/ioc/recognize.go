package ioc

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/netset"
)

// kinds are the words that may stand in front of a value with a colon.
var kinds = []string{account, address, agent, key, "network"}

// fangs undoes the usual ways of writing an address so that nobody follows it by accident.
var fangs = strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "[:]", ":", "[://]", "://", `\.`, ".")

var (
	keyForm     = lazyre.New(`^A[A-Z0-9]{3}[A-Z0-9]{12,124}$`)
	keyStart    = lazyre.New(`^(AKIA|ASIA|ABIA|ACCA)`)
	idStart     = lazyre.New(`^(AIDA|AROA|AGPA|AIPA|ANPA|ANVA|APKA|ASCA)[A-Z0-9]{12,}$`)
	accountForm = lazyre.New(`^[0-9]{12}$|^[0-9]{4}-[0-9]{4}-[0-9]{4}$`)
	urlForm     = lazyre.New(`(?i)^(?:h(?:tt|xx)ps?|ftp|fxp)://(?:[^/@]*@)?(\[[0-9a-f:.]+\]|[^/:?#]+)(?::[0-9]+)?(?:[/?#].*)?$`)
	domainForm  = lazyre.New(`(?i)^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z]{2,}$`)
	emailForm   = lazyre.New(`^[^@\s/]+@[^@\s/]+\.[^@\s/]+$`)
	hashForm    = lazyre.New(`^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$`)
	// numbers is what an address or network may consist of, so that a misspelt one is not taken for a user agent.
	numbers = lazyre.New(`^[0-9./: -]+$|^[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:./]*$`)
)

// recognize returns kind and value of an indicator, or what is wrong with it. Without a kind in front the form decides.
func recognize(text string) (kind, value, fault string) {
	if len(text) > maxValue {
		return "", "", fmt.Sprintf("a value of %d bytes; the maximum is %d", len(text), maxValue)
	}
	if word, rest, ok := strings.Cut(text, ":"); ok && slices.Contains(kinds, strings.ToLower(strings.TrimSpace(word))) {
		return named(strings.ToLower(strings.TrimSpace(word)), strings.TrimSpace(rest))
	}
	plain := fangs.Replace(text)
	if url := urlForm.FindStringSubmatch(plain); url != nil {
		plain = strings.Trim(url[1], "[]")
		if _, err := netip.ParseAddr(plain); err != nil {
			return "", "", "a URL with a name; the logs have addresses only"
		}
	}
	if network, ok := parseNetwork(plain); ok {
		return wide(network)
	}
	switch {
	case keyForm.MatchString(text) && keyStart.MatchString(text):
		return key, text, ""
	case accountForm.MatchString(text):
		return account, strings.ReplaceAll(text, "-", ""), ""
	case idStart.MatchString(text):
		return "", "", "a principal's id, not an access key"
	case numbers.MatchString(plain):
		return "", "", "not an address, a network or an account id"
	case domainForm.MatchString(plain):
		return "", "", "a domain name; if it is a user agent, it needs agent: in front"
	case emailForm.MatchString(plain):
		return "", "", "an e-mail address; if it is a user agent, it needs agent: in front"
	case hashForm.MatchString(text):
		return "", "", "a hash; if it is a user agent, it needs agent: in front"
	}
	return named(agent, text)
}

// named checks a value whose kind is known.
func named(kind, text string) (string, string, string) {
	switch kind {
	case address, "network":
		network, ok := parseNetwork(fangs.Replace(text))
		if !ok {
			return "", "", "not an address or network"
		}
		return wide(network)
	case account:
		if !accountForm.MatchString(text) {
			return "", "", "not an account id of 12 digits"
		}
		return account, strings.ReplaceAll(text, "-", ""), ""
	case key:
		if text == "" || strings.ContainsAny(text, " *") {
			return "", "", "not an access key"
		}
		return key, text, ""
	}
	if strings.Trim(text, "* ") == "" {
		return "", "", "a user agent that every event has"
	}
	return agent, text, ""
}

// parseNetwork reads an address, one with a port, or a network.
func parseNetwork(text string) (netip.Prefix, bool) {
	if network, ok := netset.Parse(text); ok {
		return network, true
	}
	if at, err := netip.ParseAddrPort(text); err == nil && at.Addr().Zone() == "" {
		return netset.Parse(at.Addr().String())
	}
	return netip.Prefix{}, false
}

// wide refuses networks that hold every address, or half of them.
func wide(network netip.Prefix) (kind, value, fault string) {
	switch {
	case network.Bits() <= 1:
		return "", "", "a network of half of all addresses or more"
	case network.IsSingleIP():
		return address, network.Addr().String(), ""
	}
	return address, network.String(), ""
}
