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

// Workgroup is Athena's description of the workgroup that statements run in.
type Workgroup struct {
	Name string
	// Disabled reports that it accepts no queries.
	Disabled bool
	// Enforced reports that its own settings override the client's.
	Enforced bool
	// Managed reports that Athena stores results itself, not in a bucket of the account.
	Managed bool
	// Output is the location of its results, Encryption and KMSKey their encryption; "" if not set.
	Output, Encryption, KMSKey string
	// CutOffBytes ends queries that read more, 0 for no limit.
	CutOffBytes int64
	// EngineVersion is the version that runs statements, such as "Athena engine version 3".
	EngineVersion string
}

// Workgroup fetches the workgroup's description from Athena.
func (e *Engine) Workgroup(ctx context.Context) (Workgroup, error) {
	about := subject{action: "athena:GetWorkGroup", thing: "workgroup " + e.options.Workgroup}
	out, err := ask(ctx, e, about, func(ctx context.Context) (*athena.GetWorkGroupOutput, error) {
		return e.athena.GetWorkGroup(ctx, &athena.GetWorkGroupInput{WorkGroup: &e.options.Workgroup})
	})
	if err != nil {
		return Workgroup{}, err
	}
	if out.WorkGroup == nil {
		return Workgroup{}, &engine.Error{Kind: engine.Missing, Engine: name, Thing: about.thing, Help: e.fill(helpWorkgroup), Err: errors.New("no description in the answer of Athena")}
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

// workgroup returns the known description, or fetches it. It is nil if the caller may not see it: a statement may
// still run, and Athena reports what is wrong.
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

// fits returns an error if statements cannot run in the workgroup with these options. A workgroup that enforces its
// own settings would silently write results elsewhere than requested; results are evidence, so that is rejected.
func (e *Engine) fits(g *Workgroup) error {
	o := &e.options
	thing := "workgroup " + g.Name
	switch {
	case g.Disabled:
		return misconfigured(thing, "enable it, or name another workgroup", errors.New("it is disabled"))
	case strings.Contains(strings.ToLower(g.EngineVersion), "spark"):
		return misconfigured(thing, "name a workgroup for SQL", fmt.Errorf("it runs %s", g.EngineVersion))
	case g.Managed && o.Output != "":
		return misconfigured(thing, "leave out output, or name another workgroup", fmt.Errorf("its results are stored by Athena and do not go to %s", o.Output))
	case g.Enforced && o.Output != "" && !sameLocation(g.Output, o.Output):
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

func sameLocation(a, b string) bool { return strings.TrimRight(a, "/") == strings.TrimRight(b, "/") }

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// minCutOff is the lowest cut-off that Athena accepts, in bytes.
// https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfigurationUpdates.html.
const minCutOff = 10_000_000

// cutOff makes the workgroup end queries that read more than maxBytes. It does nothing unless the workgroup is used by
// egret alone, and calls Athena only when the number changes.
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
