package coverage

import (
	"bytes"
	"os/exec"
	"testing"

	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/testkit"
)

// TestLayerOfMITRE loads layers with MITRE's own library, which in strict mode refuses keys and values that it does not know, and asks
// it for the scores.
func TestLayerOfMITRE(t *testing.T) {
	testkit.Python(t, "mitreattack.navlayers")
	const script = `import json, sys
from mitreattack.navlayers import Layer
text = sys.stdin.read()
layer = Layer(strict=True)
layer.from_str(text)
if layer.layer is None:
    sys.exit("the layer was refused")
for t in layer.layer.techniques:
    print(t.techniqueID, t.tactic, t.score, repr(t.comment))
want, got = json.loads(text), layer.to_dict()
for key in ("name", "description", "domain", "versions"):
    # The library has no value for an empty text.
    if want.get(key) != (got.get(key) or ""):
        sys.exit(f"{key} is {got.get(key)}, not {want.get(key)}")
`
	for _, version := range []attack.Version{attack.V17, attack.V19} {
		m := NewMatrix(marks(t, "A high attack.t1078.004 attack.t1485", "B low attack.t1485"), Options{Version: version})
		m.Seen = NewMatrix([]*Mark{{Title: "seen", Tags: []string{"t1485"}}}, Options{Version: version})
		for _, o := range []LayerOptions{{Name: "n"}, {Name: "n", Description: "d", MinColor: "#ffffff", MaxColor: "#00ff00", Top: 7, NoComments: true}} {
			var layer bytes.Buffer
			if err := m.WriteLayer(&layer, o); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "python3", "-c", script)
			cmd.Stdin = &layer
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v: %v\n%s", version, err, out)
				continue
			}
			want := `T1485 impact 2 'seen: seen\nA\nB'`
			if o.NoComments {
				want = "T1485 impact 2 "
			}
			if !bytes.Contains(out, []byte(want)) || !bytes.Contains(out, []byte("T1078.004 initial-access 1 ")) {
				t.Errorf("%v %+v: MITRE's library read\n%s", version, o, out)
			}
		}
	}
}
