// Package plugin reads, installs and removes plug-ins: folders of data that add text languages, checks, processing pipelines, log
// sources, STIX mappings and rules to egret. Nothing in a plug-in is ever run.
//
// A plug-in has a manifest, plugin.yaml, and one or more of the folders backends, checks, pipelines, schemas, stix_mappings and rules.
// Folders docs and tests may hold anything. docs/plugins.md describes plug-ins for their authors.
//
// A Plugin has the paths of its folders, or the reason why it cannot be used. Load reads
// everything but rules, so that a plug-in with a fault is skipped as a whole before a command uses a part of it; faults of
// rules are those of single rules, which loading them reports. A Store keeps the installed plug-ins: each in a folder of its
// own, and an index that is replaced in one step. A process that is killed at any moment leaves the plug-ins that were
// installed before.
//
// The package downloads nothing, and knows no flags and no configuration.
package plugin
