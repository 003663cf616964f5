package facts

import (
	"net/netip"
	"strconv"
	"strings"
)

// accountOfARN returns the account of an ARN, "" if the ARN has none; false for a text that is no ARN.
func accountOfARN(text string) (string, bool) {
	if !strings.HasPrefix(text, "arn:") {
		return "", false
	}
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 {
		return "", false
	}
	return parts[4], true
}

// isAccount reports whether a text has the form of an account id of AWS.
func isAccount(text string) bool {
	if len(text) != 12 {
		return false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// isEveryoneARN reports whether an ARN stands for every principal of every account.
func isEveryoneARN(text string) bool {
	account, ok := accountOfARN(text)
	return ok && account == "*"
}

// accountText returns an account id, or the account of an ARN and what the ARN names beyond the account's root. It adds
// "(outside)" if both accounts are known and differ.
func accountText(text, own string) string {
	account, rest := text, ""
	if of, ok := accountOfARN(text); ok {
		if !isAccount(of) {
			return text
		}
		account = of
		if rest = strings.SplitN(text, ":", 6)[5]; rest == "root" {
			rest = ""
		}
	}
	if isAccount(account) && isAccount(own) && account != own {
		account += " (outside)"
	}
	if rest != "" {
		account += " " + rest
	}
	return account
}

// isOwn reports whether a text of accountText is about one's own account.
func isOwn(text, own string) bool {
	account, _, _ := strings.Cut(text, " ")
	return account == own
}

// isOpen reports whether a network holds all addresses, or one half of them, of IPv4 or IPv6. The form of the text does
// not matter: host bits, leading zeros, short and long forms, masks in place of lengths, and IPv4 within IPv6 are read.
func isOpen(text string) bool {
	text = strings.TrimSpace(text)
	i := strings.LastIndexByte(text, '/')
	if i < 0 {
		return false
	}
	if i == 0 || strings.Trim(text[:i], "0123456789abcdefABCDEF:.") != "" {
		return false
	}
	length, err := strconv.ParseUint(text[i+1:], 10, 16)
	if err != nil {
		mask, err := netip.ParseAddr(text[i+1:])
		return err == nil && (mask.IsUnspecified() || mask == netip.AddrFrom4([4]byte{128}))
	}
	if address, err := netip.ParseAddr(text[:i]); err == nil && address.Is4In6() && length >= 96 {
		length -= 96
	}
	return length <= 1
}

// portText returns the ports of a rule for traffic, "" if none are given.
func portText(from, to, protocol string) string {
	switch strings.ToLower(protocol) {
	case "-1", "all":
		return "all ports"
	case "icmp", "icmpv6", "1", "58":
		return "ICMP"
	case "", "tcp", "udp", "6", "17":
	default:
		return "protocol " + protocol
	}
	if to == "" {
		to = from
	}
	switch {
	case from == "":
		return ""
	case from == "-1", from == "0" && to == "65535", from == "1" && to == "65535":
		return "all ports"
	case from == to:
		return "port " + from
	}
	return "ports " + from + " to " + to
}
