package rulestore

import (
	"net/url"
	"slices"
)

// SigmaHQ is the source whose packages egret knows where to find.
const SigmaHQ = "sigmahq"

// sigmaHQ are the packages that the project attaches to each of its releases, with the names of their archives, from the strictest choice
// to all rules (https://github.com/SigmaHQ/sigma/releases).
var sigmaHQ = []struct{ name, archive string }{
	{"core", "sigma_core.zip"},
	{"core+", "sigma_core+.zip"},
	{"core++", "sigma_core++.zip"},
	{"emerging-threats", "sigma_emerging_threats_addon.zip"},
	{"all", "sigma_all_rules.zip"},
}

// SigmaHQPackages returns the names of SigmaHQ's packages.
func SigmaHQPackages() []string {
	var names []string
	for _, p := range sigmaHQ {
		names = append(names, p.name)
	}
	return names
}

// ReleasesURL is where SigmaHQ's releases are.
const ReleasesURL = "https://github.com/SigmaHQ/sigma/releases"

// SigmaHQURL returns the address of a package in a release, the latest one for "". releases is ReleasesURL, or the address of a copy of
// it. ok is false for a package that does not exist.
func SigmaHQURL(releases, name, version string) (address string, ok bool) {
	i := slices.IndexFunc(sigmaHQ, func(p struct{ name, archive string }) bool { return p.name == name })
	if i < 0 {
		return "", false
	}
	file := url.PathEscape(sigmaHQ[i].archive)
	if version == "" {
		return releases + "/latest/download/" + file, true
	}
	return releases + "/download/" + url.PathEscape(version) + "/" + file, true
}
