// Package htmlreport writes a hunt as one HTML file that works offline: the answer first, then a timeline, the ATT&CK
// matrix, the principals, every finding with its raw event, and the ledger.
//
// It takes findings in their final order, one at a time, then summary and ledger. The file loads nothing: style and script
// are inside it, and its Content-Security-Policy allows only these two by their hashes. What people need first (answer,
// matrix, principals, ledger) is plain HTML; the list of findings and the timeline are built by the script from embedded
// JSON, and raw events are kept in compressed blocks that are unpacked when someone opens a finding.
//
// Text from logs is untrusted. It reaches HTML only through html/template or textContent, and JSON with <, > and & escaped.
// Its length is bounded, and marks that change the writing direction become visible escapes.
//
// Memory is bounded too. The most severe findings are kept, up to Limit, in an evidence.Store that spills to disk; the
// report says how many others there are. Counts cover all findings.
package htmlreport
