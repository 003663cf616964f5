package sigma

import "go.yaml.in/yaml/v3"

// actions resolves the rule collections of Sigma before 2.0. An `action: global` document is merged into all
// following rules of the file; several of them accumulate. `reset` drops them. `repeat` is the previous rule with
// changes. As in pySigma, global documents do not apply to correlations and filters.
type actions struct {
	global, previous *yaml.Node
	sharedID         bool // the document that apply returned has an id from another document
	spent            int  // number of nodes merged into documents so far
}

// maxMerged limits the nodes that `action` documents may add to all documents of a file together. It stops a large
// global document before very many small ones; once reached, nothing more is merged in that file.
const maxMerged = 10_000_000

// merge merges a document over another one and counts the added nodes.
func (a *actions) merge(r *reader, base, over *yaml.Node) *yaml.Node {
	if base == nil {
		return over
	}
	if a.spent > maxMerged {
		return nil // already reported; counting again for each document would take the time
	}
	size := countNodes(base)
	r.budget += size
	if a.spent += size; a.spent > maxMerged {
		r.add(tooManyMerged(r.nodeSpan(over)))
		return nil
	}
	return mergeNodes(base, over)
}

func countNodes(n *yaml.Node) int {
	count := 1
	for _, child := range n.Content {
		count += countNodes(child)
	}
	return count
}

// apply returns the document to read, nil if the document only carries an action.
func (a *actions) apply(r *reader, root *yaml.Node) *yaml.Node {
	a.sharedID = false
	if root.Kind != yaml.MappingNode {
		return root
	}
	action := child(root, "action")
	if action == nil {
		if child(root, "correlation") != nil || child(root, "filter") != nil {
			return root
		}
		a.sharedID = a.global != nil && child(a.global, "id") != nil && child(root, "id") == nil
		a.previous = a.merge(r, a.global, root)
		return a.previous
	}
	switch word := r.resolve(action); word.Value {
	case "global":
		a.global = a.merge(r, a.global, without(root, "action"))
		a.previous = a.global
	case "reset":
		a.global = nil
	case "repeat":
		if a.previous == nil {
			r.add(nothingToRepeat(r.nodeSpan(action)))
			return nil
		}
		changes := without(root, "action")
		a.sharedID = child(a.previous, "id") != nil && child(changes, "id") == nil
		a.previous = a.merge(r, a.previous, changes)
		return a.previous
	default:
		r.add(unknownAction(r.nodeSpan(action), word.Value))
	}
	return nil
}

// child returns the value of a key of a map, nil if absent.
func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key && n.Content[i].Kind == yaml.ScalarNode {
			return n.Content[i+1]
		}
	}
	return nil
}

// without returns a copy of a map without a key.
func without(n *yaml.Node, key string) *yaml.Node {
	out := *n
	out.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != key {
			out.Content = append(out.Content, n.Content[i], n.Content[i+1])
		}
	}
	return &out
}

// mergeNodes merges two maps at every level; where both have a key, over wins, and anything but maps is replaced. It
// changes neither argument.
func mergeNodes(base, over *yaml.Node) *yaml.Node {
	out := *over // keeps the position of the overriding document
	out.Content = append([]*yaml.Node(nil), base.Content...)
	places := make(map[string]int, len(base.Content)/2)
	for i := 0; i+1 < len(base.Content); i += 2 {
		if key := base.Content[i]; key.Kind == yaml.ScalarNode {
			places[key.Value] = i
		}
	}
	for i := 0; i+1 < len(over.Content); i += 2 {
		key, value := over.Content[i], over.Content[i+1]
		at, found := places[key.Value]
		switch {
		case !found || key.Kind != yaml.ScalarNode:
			out.Content = append(out.Content, key, value)
		case value.Kind == yaml.MappingNode && out.Content[at+1].Kind == yaml.MappingNode:
			out.Content[at+1] = mergeNodes(out.Content[at+1], value)
		default:
			out.Content[at], out.Content[at+1] = key, value
		}
	}
	return &out
}
