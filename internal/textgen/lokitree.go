package textgen

import (
	"github.com/egret-hunt/egret/internal/textrule"
)

// lokiPush moves NOT down to the comparisons.
func lokiPush(n textrule.Node, negated bool) textrule.Node {
	switch n := n.(type) {
	case *textrule.Not:
		return lokiPush(n.Arg, !negated)
	case *textrule.And:
		if negated {
			return &textrule.Or{Args: lokiPushAll(n.Args, negated), Span: n.Span}
		}
		return &textrule.And{Args: lokiPushAll(n.Args, negated), Span: n.Span}
	case *textrule.Or:
		if negated {
			return &textrule.And{Args: lokiPushAll(n.Args, negated), Span: n.Span}
		}
		return &textrule.Or{Args: lokiPushAll(n.Args, negated), Span: n.Span}
	}
	if negated {
		return &textrule.Not{Arg: n, Span: n.Pos()}
	}
	return n
}

func lokiPushAll(args []textrule.Node, negated bool) []textrule.Node {
	out := make([]textrule.Node, len(args))
	for i, arg := range args {
		out[i] = lokiPush(arg, negated)
	}
	return out
}

// lokiDivide returns a tree once for each part of its topmost OR. Unlike the peer it keeps the alternatives that are left over
// if they do not divide evenly: the last part has them. Without an OR the tree stays whole.
func lokiDivide(n textrule.Node, parts int) []textrule.Node {
	or := topmostOr(n)
	if or == nil {
		return []textrule.Node{n}
	}
	parts = min(parts, len(or.Args))
	size := len(or.Args) / parts
	out := make([]textrule.Node, parts)
	for i := range parts {
		end := (i + 1) * size
		if i == parts-1 {
			end = len(or.Args)
		}
		out[i] = lokiReplace(n, or, &textrule.Or{Args: or.Args[i*size : end], Span: or.Span})
	}
	return out
}

// topmostOr returns the first OR of the lowest depth, nil if there is none.
func topmostOr(n textrule.Node) *textrule.Or {
	level := []textrule.Node{n}
	for len(level) > 0 {
		var next []textrule.Node
		for _, n := range level {
			switch n := n.(type) {
			case *textrule.Or:
				return n
			case *textrule.And:
				next = append(next, n.Args...)
			}
		}
		level = next
	}
	return nil
}

func lokiReplace(n textrule.Node, old, with *textrule.Or) textrule.Node {
	switch n := n.(type) {
	case *textrule.Or:
		if n == old {
			return with
		}
	case *textrule.And:
		args := make([]textrule.Node, len(n.Args))
		for i, arg := range n.Args {
			args[i] = lokiReplace(arg, old, with)
		}
		return &textrule.And{Args: args, Span: n.Span}
	}
	return n
}
