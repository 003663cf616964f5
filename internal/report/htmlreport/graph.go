package htmlreport

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// Sizes of the graph in pixels.
const (
	nodeWidth   = 236
	lineHeight  = 18
	nodePadding = 10
	columnGap   = 128
	rowGap      = 14
	graphMargin = 6
	// labelLetters is how many letters fit into a node, minorLetters how many in smaller type, edgeLetters how many beside an
	// edge.
	labelLetters = 26
	minorLetters = 29
	edgeLetters  = 18
)

// maxNodes is how many nodes a graph has; the links of others are in the list below it.
const maxNodes = 40

// graph is a picture of identities and the links between them, from left to right.
type graph struct {
	Width, Height int
	// Wide means that the picture is not to be made smaller, since nobody could read it.
	Wide  bool
	Nodes []*node
	Edges []*edge
	// MoreLinks is how many links are not drawn.
	MoreLinks int
}

// node is an address, an identity, or a recipient of data.
type node struct {
	X, Y, Width, Height int
	// Class is address, start, identity, made or outside.
	Class string
	// Lines are what is written in it, Label says the same in one text with all of it.
	Lines []nodeLine
	Label string
	// Anchor is the section of the principal, "" if it has none.
	Anchor string

	key   string
	keys  []string
	made  bool
	depth int
	order int
}

type nodeLine struct {
	X, Y  int
	Text  string
	Minor bool
}

// edge is a link. Path is for SVG; the text stands at X and Y.
type edge struct {
	Path   string
	X, Y   int
	Text   string
	Label  string
	Made   bool
	from   *node
	to     *node
	kinds  []string
	counts []int
	moment string
}

// graphBuilder makes the graph of an intrusion.
type graphBuilder struct {
	clock   clock
	anchors map[string]string
	nodes   []*node
	edges   []*edge
	more    int
}

func (b *graphBuilder) node(key, class string) *node {
	for _, n := range b.nodes {
		if n.key == key || isSame(n.key, key) {
			return n
		}
	}
	if len(b.nodes) >= maxNodes {
		return nil
	}
	n := &node{key: key, Class: class, depth: -1, order: len(b.nodes)}
	b.nodes = append(b.nodes, n)
	return n
}

// isSame reports whether an ARN and a bare name mean the same identity.
func isSame(a, b string) bool {
	kindA, nameA := kindName(a)
	kindB, nameB := kindName(b)
	return nameA == nameB && (kindA == "") != (kindB == "")
}

// link adds a link. Links between the same two nodes are one edge.
func (b *graphBuilder) link(from, to *node, kind string, at value.Time, count int) {
	if from == nil || to == nil {
		b.more++
		return
	}
	i := slices.IndexFunc(b.edges, func(e *edge) bool { return e.from == from && e.to == to })
	if i < 0 {
		i = len(b.edges)
		e := &edge{from: from, to: to}
		if at != finding.NoTime {
			e.moment = b.clock.moment(at)
		}
		b.edges = append(b.edges, e)
	}
	e := b.edges[i]
	if kind == "" {
		return
	}
	k := slices.Index(e.kinds, kind)
	if k < 0 {
		e.kinds, e.counts = append(e.kinds, kind), append(e.counts, 0)
		k = len(e.kinds) - 1
	}
	e.counts[k] += count
}

// hopWords says what a link is, on an edge.
var hopWords = map[story.HopKind]string{
	story.TookRole: "took role", story.MadeKey: "made key", story.MadeUser: "made user",
	story.MadeRole: "made role", story.SetPass: "set password", story.SetTrust: "changed trust", story.RanMachine: "launched",
	story.SignedIn: "signed in",
}

// newGraph returns the graph of an intrusion; nil if it has a single node.
func newGraph(in *story.Intrusion, c clock, anchors map[string]string) *graph {
	b := &graphBuilder{clock: c, anchors: anchors}
	start := b.node(in.Principal, "start")
	start.keys = slices.Clone(in.Keys.List)
	for _, address := range in.Addresses.List[:min(4, len(in.Addresses.List))] {
		b.link(b.node("address "+address, "address"), start, "", finding.NoTime, 1)
	}
	for i := range in.Chain {
		h := &in.Chain[i]
		from, to := b.node(h.From, "identity"), b.node(h.To, "identity")
		if to != nil {
			to.made = to.made || h.Kind == story.MadeUser || h.Kind == story.MadeRole
			if h.Key != "" {
				to.keys = append(to.keys, h.Key)
			}
			for _, key := range h.Keys.List {
				if !slices.Contains(to.keys, key) {
					to.keys = append(to.keys, key)
				}
			}
		}
		if from == to {
			continue
		}
		b.link(from, to, hopWords[h.Kind], h.Time, max(1, h.Count))
	}
	for i := range in.Given {
		g := &in.Given[i]
		from := start
		if g.By != "" {
			from = b.node(g.By, "identity")
		}
		if g.Outcome == finding.Succeeded {
			b.link(from, b.node("given "+g.Recipient(), "outside"), "shared "+kindOf(g.What), g.Time, 1)
		}
	}
	if len(b.nodes) < 2 {
		return nil
	}
	return b.draw(in)
}

// kindOf returns what kind of thing was shared: "security group" of "security group sg-1".
func kindOf(what string) string {
	if at := strings.LastIndexByte(what, ' '); at > 0 {
		what = what[:at]
	}
	return safe(what)
}

// draw places nodes and edges.
func (b *graphBuilder) draw(in *story.Intrusion) *graph {
	b.depths(in.Principal)
	var columns [][]*node
	for _, n := range b.nodes {
		for len(columns) <= n.depth {
			columns = append(columns, nil)
		}
		columns[n.depth] = append(columns[n.depth], n)
	}
	g := &graph{Nodes: b.nodes, Edges: b.edges, MoreLinks: b.more + in.MoreChain}
	tallest := 0
	for _, column := range columns {
		height := -rowGap
		for _, n := range column {
			b.fill(n)
			height += n.Height + rowGap
		}
		tallest = max(tallest, height)
	}
	g.Height = tallest + 2*graphMargin
	g.Width = len(columns)*(nodeWidth+columnGap) - columnGap + 2*graphMargin
	g.Wide = len(columns) > 4
	for i, column := range columns {
		slices.SortStableFunc(column, func(a, b *node) int { return cmp.Compare(a.order, b.order) })
		height := -rowGap
		for _, n := range column {
			height += n.Height + rowGap
		}
		y := graphMargin + (tallest-height)/2
		for _, n := range column {
			n.X, n.Y = graphMargin+i*(nodeWidth+columnGap), y
			y += n.Height + rowGap
		}
	}
	labels := map[*node]int{}
	for _, e := range b.edges {
		e.draw()
		if e.Text != "" { // at the end, where edges are apart: above the line, those of further edges below it
			e.X, e.Y = e.to.X-10, e.to.Y+e.to.Height/2-6
			if n := labels[e.to]; n > 0 {
				e.Y += 5 + 15*n
			}
			labels[e.to]++
		}
	}
	return g
}

// depths gives each node its column: addresses first, then the identity that began, then what was reached from it.
func (b *graphBuilder) depths(principal string) {
	for _, n := range b.nodes {
		if n.key == principal || n.Class == "address" {
			n.depth = 0
		}
	}
	if slices.ContainsFunc(b.nodes, func(n *node) bool { return n.Class == "address" }) {
		b.node(principal, "").depth = 1
	}
	b.spread()
	// What began on its own, such as a machine that took a role, stands below the identity that began.
	for _, n := range b.nodes {
		if n.depth < 0 && !slices.ContainsFunc(b.edges, func(e *edge) bool { return e.to == n }) {
			n.depth = b.node(principal, "").depth
			b.spread()
		}
	}
	last := 0
	for _, n := range b.nodes {
		n.depth = max(n.depth, 0)
		if n.Class != "outside" {
			last = max(last, n.depth)
		}
	}
	for _, n := range b.nodes { // recipients stand at the end
		if n.Class == "outside" {
			n.depth = max(last, 1)
		}
	}
}

// spread gives nodes that can be reached from those with a column the column after it.
func (b *graphBuilder) spread() {
	for changed := true; changed; {
		changed = false
		for _, e := range b.edges {
			if e.from.depth >= 0 && e.to.depth < 0 {
				e.to.depth, changed = e.from.depth+1, true
			}
		}
	}
}

// fill writes the lines of a node.
func (b *graphBuilder) fill(n *node) {
	kind, name := kindName(n.key)
	n.Anchor = b.anchors[safe(n.key)]
	var lines []string
	switch n.Class {
	case "address":
		lines = []string{strings.TrimPrefix(n.key, "address "), "address"}
	case "outside":
		to, outside := strings.CutSuffix(strings.TrimPrefix(n.key, "given "), " (outside)")
		lines = []string{to, "was given access"}
		if outside {
			lines[1] = "outside, " + lines[1]
		}
	default:
		switch {
		case n.Class == "start":
			n.Label = ", began here"
		case n.made:
			n.Class = "made"
			kind = "new " + kind
		}
		if len(n.keys) > 0 {
			kind = strings.TrimPrefix(kind+" · "+n.keys[0], " · ")
		}
		if more := len(n.keys) - 1; more > 0 {
			kind += fmt.Sprintf(" +%d", more)
		}
		lines = []string{name, strings.TrimSpace(kind)}
	}
	n.Width = nodeWidth
	for i, text := range lines {
		if text == "" {
			continue
		}
		n.Label += strings.TrimSpace(", " + safe(text))
		letters := labelLetters
		if i > 0 {
			letters = minorLetters
		}
		n.Lines = append(n.Lines, nodeLine{
			X: nodePadding, Y: nodePadding + lineHeight*len(n.Lines) + 13, Text: shorten(safe(text), letters), Minor: i > 0,
		})
	}
	n.Label = strings.TrimPrefix(n.Label, ",")
	n.Height = 2*nodePadding + lineHeight*len(n.Lines)
}

// draw places an edge between its nodes, which are placed.
func (e *edge) draw() {
	x1, y1 := e.from.X+e.from.Width, e.from.Y+e.from.Height/2
	x2, y2 := e.to.X, e.to.Y+e.to.Height/2
	bend := columnGap / 2
	if e.to.depth <= e.from.depth { // back, or within the column: around the right side
		x2 = e.to.X + e.to.Width
		e.Path = path(x1, y1, max(x1, x2)+bend, y1, max(x1, x2)+bend, y2, x2, y2)
	} else {
		e.Path = path(x1, y1, x1+bend, y1, x2-bend, y2, x2, y2)
	}
	var texts []string
	for i, kind := range e.kinds {
		e.Made = e.Made || strings.HasPrefix(kind, "made")
		if e.counts[i] > 1 {
			kind += " ×" + term.Count(e.counts[i])
		}
		texts = append(texts, kind)
	}
	text := strings.Join(texts, ", ")
	if more := len(texts) - 1; more > 0 {
		e.Text = shorten(texts[0], edgeLetters-3) + fmt.Sprintf(" +%d", more)
	} else {
		e.Text = shorten(text, edgeLetters)
	}
	e.Label = strings.TrimSpace(text + " " + e.moment)
}

// shorten cuts the middle out of a text that is too long for a node.
func shorten(text string, letters int) string {
	runes := []rune(text)
	if len(runes) <= letters {
		return text
	}
	head := letters / 2
	return string(runes[:head]) + "…" + string(runes[len(runes)-(letters-head-1):])
}

// kindName divides an ARN into the kind of identity and its name: "user" and "ci-deploy". For other texts the kind is "".
func kindName(principal string) (kind, name string) {
	parts := strings.SplitN(principal, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return "", principal
	}
	kind, name, found := strings.Cut(parts[5], "/")
	switch {
	case !found && kind == "root":
		return "", "root of " + parts[4]
	case !found:
		return parts[2], parts[5]
	}
	return kind, name
}

// path returns a curve for SVG: begin, two points that it bends towards, end.
func path(x1, y1, x2, y2, x3, y3, x4, y4 int) string {
	return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x2, y2, x3, y3, x4, y4)
}
