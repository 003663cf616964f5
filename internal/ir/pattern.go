package ir

import "slices"

// Append returns the pattern with a part at its end, which it may add to the last literal in place.
func (p Pattern) Append(part Part) Pattern {
	if n := len(p); n > 0 && part.Kind == Literal && p[n-1].Kind == Literal {
		p[n-1].Text += part.Text
		return p
	}
	return append(p, part)
}

// Join returns each of heads with each of tails behind it, in this order of both. It changes no pattern in place.
func Join(heads, tails []Pattern) []Pattern {
	out := make([]Pattern, 0, len(heads)*len(tails))
	for _, head := range heads {
		for _, tail := range tails {
			joined := slices.Clone(head)
			for _, part := range tail {
				joined = joined.Append(part)
			}
			out = append(out, joined)
		}
	}
	return out
}
