package cli

import (
	"context"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
)

// athenaOptions are the settings of a lake in Athena, as the engine takes them.
func athenaOptions(l *foundLake) athena.Options {
	s := &l.settings.Athena
	return athena.Options{
		Waits:  l.waits,
		Region: s.Region.Value, Profile: s.Profile.Value, Role: s.Role.Value, ExternalID: s.ExternalID.Value,
		Workgroup: s.Workgroup.Value, Catalog: s.Catalog.Value, Database: s.Database.Value,
		Output: s.Output.Value, Encryption: s.Encryption.Value, KMSKey: s.KMSKey.Value, ExpectedBucketOwner: s.BucketOwner.Value,
		Reuse: s.Reuse, CutOff: s.CutOff, Endpoint: s.Endpoint.Value, S3Endpoint: s.S3Endpoint.Value, STSEndpoint: s.STSEndpoint.Value,
	}
}

// openAthena prepares the calls to Athena. Credentials are those that AWS's own tools would find.
func openAthena(ctx context.Context, l *foundLake) (engine.Engine, error) {
	e, err := athena.Open(ctx, athenaOptions(l))
	if err != nil {
		return nil, err
	}
	return e, nil
}
