package textgen

import "github.com/egret-hunt/egret/internal/textrule"

// negation returns a rule for nodes that writes the word for NOT directly before its argument, which stands between two texts.
// An argument with operators of its own stands in the group of the language.
func negation(before, after string) func(*converter, textrule.Node) (piece, bool, error) {
	return func(c *converter, n textrule.Node) (piece, bool, error) {
		not, ok := n.(*textrule.Not)
		if !ok {
			return piece{}, false, nil
		}
		p, err := c.node(not.Arg)
		if err != nil || !p.has {
			return p, true, err
		}
		switch not.Arg.(type) {
		case *textrule.And, *textrule.Or, *textrule.Not:
			p.text = c.Spec.Operators.Group.fill("expr", p.text)
		}
		return textPiece(c.Spec.Operators.Not + before + p.text + after), true, nil
	}
}
