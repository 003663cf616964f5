// Package lsp is a language server for Sigma rules: it tells an editor about the rules that somebody is writing.
//
// It reads the messages of an editor (Language Server Protocol 3.17, over two streams) and the files of its folders, and answers with diagnostics
// with fixes, hover texts, completions, places of rules, edits of the formatter, and how many test events a rule matches. Texts of open
// files count as the editor has them, saved or not.
//
// Package check finds the faults, package ruletest runs the tests, and egret.yaml is honoured as by egret check. The package writes no
// file and uses no network. Its memory is bounded: messages, open files and the rules that are compared have limits.
//
// One goroutine reads messages and keeps the texts up to date in their order. A second one judges what has changed, the newest text
// first. Requests run beside them on the text of the moment when they came; the editor can cancel them.
package lsp
