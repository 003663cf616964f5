package ddl

// Fill takes from the options that an inspection found those that are not given. Base is always the found one.
func (o *Options) Fill(found *Options) {
	o.Base = found.Base
	for _, v := range []struct{ given, found *string }{
		{&o.Bucket, &found.Bucket}, {&o.Prefix, &found.Prefix}, {&o.Organization, &found.Organization}, {&o.WebACL, &found.WebACL},
	} {
		if *v.given == "" {
			*v.given = *v.found
		}
	}
	for _, v := range []struct{ given, found *[]string }{
		{&o.Accounts, &found.Accounts}, {&o.Regions, &found.Regions}, {&o.VPCs, &found.VPCs}, {&o.Format, &found.Format},
	} {
		if len(*v.given) == 0 {
			*v.given = *v.found
		}
	}
	if o.From.IsZero() {
		o.From = found.From
	}
}
