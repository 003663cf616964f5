package htmlreport

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/story"
)

func chainOf(hops ...string) *story.Intrusion {
	in := &story.Intrusion{Principal: "arn:aws:iam::111122223333:user/a", Addresses: story.Texts{List: []string{"192.0.2.1"}}}
	for _, hop := range hops {
		from, to, _ := strings.Cut(hop, ">")
		in.Chain = append(in.Chain, story.Hop{Kind: story.TookRole, From: from, To: to, Time: finding.NoTime})
	}
	return in
}

// Nodes do not overlap, whatever the links are: circles, identities that nothing leads to, links to itself.
func TestGraphNodesDoNotOverlap(t *testing.T) {
	start := "arn:aws:iam::111122223333:user/a"
	many := []string{}
	for i := range 100 {
		many = append(many, fmt.Sprintf("%s>role-%d", start, i))
	}
	for name, hops := range map[string][]string{
		"chain": {start + ">b", "b>c", "c>d"}, "circle": {start + ">b", "b>c", "c>" + start, "c>b"},
		"apart": {"x>y", "y>x", "z>z"}, "many": many,
	} {
		g := newGraph(chainOf(hops...), clock{time.UTC}, nil)
		for i, a := range g.Nodes {
			if a.X < 0 || a.Y < 0 || a.X+a.Width > g.Width || a.Y+a.Height > g.Height {
				t.Errorf("%s: %s is outside of the picture", name, a.Label)
			}
			for _, b := range g.Nodes[:i] {
				if a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+b.Height && b.Y < a.Y+a.Height {
					t.Errorf("%s: %s lies over %s", name, a.Label, b.Label)
				}
			}
		}
		if name == "many" && (len(g.Nodes) != maxNodes || g.MoreLinks != 100-(maxNodes-2)) {
			t.Errorf("%d nodes and %d links left out", len(g.Nodes), g.MoreLinks)
		}
	}
}

// An identity that calls name by its ARN and by its bare name is one node, and several links between two nodes are one edge.
func TestGraphJoinsWhatIsOne(t *testing.T) {
	in := chainOf()
	user := "arn:aws:iam::111122223333:user/new"
	in.Chain = []story.Hop{
		{Kind: story.MadeUser, From: in.Principal, To: user, Time: finding.NoTime},
		{Kind: story.MadeKey, From: in.Principal, To: "new", Key: "AKIAEXAMPLE", Time: finding.NoTime},
	}
	g := newGraph(in, clock{time.UTC}, map[string]string{user: "principal-7"})
	if len(g.Nodes) != 3 || len(g.Edges) != 2 {
		t.Fatalf("got %d nodes and %d edges, want 3 and 2", len(g.Nodes), len(g.Edges))
	}
	if e := g.Edges[1]; e.Text != "made user +1" || e.Label != "made user, made key" {
		t.Errorf("the edge says %q and %q", e.Text, e.Label)
	}
	if n := g.Nodes[2]; n.Class != "made" || n.Anchor != "principal-7" || !strings.Contains(n.Label, "AKIAEXAMPLE") {
		t.Errorf("got node %+v", n)
	}
}
