package athena

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/egret-hunt/egret/internal/engine"
)

// Workgroup is what Athena says of the workgroup that statements run in.
type Workgroup struct {
	Name string
	// Disabled says that it takes no queries.
	Disabled bool
	// Enforced says that its own settings hold, whatever a client asks for.
	Enforced bool
	// Managed says that Athena keeps results itself, in no bucket of the account.
	Managed bool
	// Output is where its results go, Encryption and KMSKey how; "" where it does not say.
	Output, Encryption, KMSKey string
	// CutOffBytes ends queries that read more, 0 for no limit.
	CutOffBytes int64
	// EngineVersion is the one that runs statements, such as "Athena engine version 3".
	EngineVersion string
}

// Workgroup asks Athena about the workgroup.
func (e *Engine) Workgroup(ctx context.Context) (Workgroup, error) {
	about := subject{action: "athena:GetWorkGroup", thing: "workgroup " + e.options.Workgroup}
	out, err := ask(ctx, e, about, func(ctx context.Context) (*athena.GetWorkGroupOutput, error) {
		return e.athena.GetWorkGroup(ctx, &athena.GetWorkGroupInput{WorkGroup: &e.options.Workgroup})
	})
	if err != nil {
		return Workgroup{}, err
	}
	if out.WorkGroup == nil {
		return Workgroup{}, &engine.Error{Kind: engine.Missing, Engine: name, Thing: about.thing, Help: e.fill(helpWorkgroup), Err: errors.New("nothing is said of it")}
	}
	g := workgroupOf(out.WorkGroup)
	g.Name = e.options.Workgroup
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.group = &g
	return g, nil
}

func workgroupOf(w *types.WorkGroup) Workgroup {
	g := Workgroup{Disabled: w.State == types.WorkGroupStateDisabled}
	c := w.Configuration
	if c == nil {
		return g
	}
	g.Enforced = aws.ToBool(c.EnforceWorkGroupConfiguration)
	g.CutOffBytes = aws.ToInt64(c.BytesScannedCutoffPerQuery)
	g.Managed = c.ManagedQueryResultsConfiguration != nil && c.ManagedQueryResultsConfiguration.Enabled
	if r := c.ResultConfiguration; r != nil {
		g.Output = aws.ToString(r.OutputLocation)
		if r.EncryptionConfiguration != nil {
			g.Encryption, g.KMSKey = string(r.EncryptionConfiguration.EncryptionOption), aws.ToString(r.EncryptionConfiguration.KmsKey)
		}
	}
	if c.EngineVersion != nil {
		g.EngineVersion = aws.ToString(c.EngineVersion.EffectiveEngineVersion)
	}
	return g
}

// workgroup is what is known already, or asks. It is nil where Athena does not let the caller know: a statement may run all
// the same, and Athena then says itself what is wrong.
func (e *Engine) workgroup(ctx context.Context) (*Workgroup, error) {
	e.mutex.Lock()
	known := e.group
	e.mutex.Unlock()
	if known != nil {
		return known, nil
	}
	g, err := e.Workgroup(ctx)
	if engine.KindOf(err) == engine.Denied {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &g, nil
}

// fits says why statements cannot run in the workgroup with these options, nil if they can. A workgroup that enforces its
// own settings would write results elsewhere than was asked for, without a word; results are evidence, so that is refused.
func (e *Engine) fits(g *Workgroup) error {
	o := &e.options
	thing := "workgroup " + g.Name
	switch {
	case g.Disabled:
		return misconfigured(thing, "enable it, or name another workgroup", errors.New("it is disabled"))
	case strings.Contains(strings.ToLower(g.EngineVersion), "spark"):
		return misconfigured(thing, "name a workgroup for SQL", fmt.Errorf("it runs %s", g.EngineVersion))
	case g.Managed && o.Output != "":
		return misconfigured(thing, "leave out output, or name another workgroup", fmt.Errorf("its results are kept by Athena, so that they do not go to %s", o.Output))
	case g.Enforced && o.Output != "" && !samePlace(g.Output, o.Output):
		return misconfigured(thing, "leave out output, or name another workgroup",
			fmt.Errorf("it enforces its own settings: results go to %s, not to %s", orNone(g.Output), o.Output))
	case g.Enforced && o.Encryption != "" && (g.Encryption != o.Encryption || g.KMSKey != o.KMSKey):
		return misconfigured(thing, "leave out encryption and kms_key, or name another workgroup",
			fmt.Errorf("it enforces its own settings: encryption of results is %s, not %s", orNone(g.Encryption), o.Encryption))
	case !g.Managed && g.Output == "" && o.Output == "":
		return misconfigured(thing, helpNoOutput, errors.New("it has no place of results, and no output is given"))
	}
	return nil
}

func samePlace(a, b string) bool { return strings.TrimRight(a, "/") == strings.TrimRight(b, "/") }

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// minCutOff is the least cut-off that Athena takes, in bytes.
// https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfigurationUpdates.html.
const minCutOff = 10_000_000

// cutOff lets the workgroup end queries that read more than so many bytes. It does nothing unless the workgroup is egret's
// own, and calls only when the number changes.
func (e *Engine) cutOff(ctx context.Context, maxBytes int64) error {
	if !e.options.CutOff || maxBytes <= 0 {
		return nil
	}
	limit := max(maxBytes, minCutOff)
	g, err := e.workgroup(ctx)
	if err != nil || g != nil && g.CutOffBytes == limit {
		return err
	}
	about := subject{action: "athena:UpdateWorkGroup", thing: "workgroup " + e.options.Workgroup}
	_, err = ask(ctx, e, about, func(ctx context.Context) (*athena.UpdateWorkGroupOutput, error) {
		return e.athena.UpdateWorkGroup(ctx, &athena.UpdateWorkGroupInput{WorkGroup: &e.options.Workgroup,
			ConfigurationUpdates: &types.WorkGroupConfigurationUpdates{BytesScannedCutoffPerQuery: &limit}})
	})
	if err != nil {
		return err
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.group != nil {
		changed := *e.group
		changed.CutOffBytes = limit
		e.group = &changed
	}
	return nil
}
