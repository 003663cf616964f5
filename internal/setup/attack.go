package setup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/datadir"
	"github.com/egret-hunt/egret/internal/durable"
)

// attackFile is the file in the data folder that keeps refreshed names of ATT&CK.
const attackFile = "attack.json"

// maxBundle is the largest bundle of ATT&CK and the largest file of its names, in bytes.
const maxBundle = 512 << 20

// AttackPath returns the path of the file with refreshed names of ATT&CK, which may not exist.
func AttackPath() (string, error) {
	dir, err := datadir.Dir()
	if err != nil {
		return "", UsageError("set "+datadir.Variable+" to a folder", fmt.Errorf("there is no data folder: %w", err))
	}
	return filepath.Join(dir, attackFile), nil
}

// UseAttack makes the refreshed names of ATT&CK take the place of the embedded ones, if there are any. It returns the path of their file, ""
// for the embedded names.
func UseAttack() (string, error) {
	path, err := AttackPath()
	if err != nil {
		return "", nil // without a data folder nothing was refreshed
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", unreadable(err)
	}
	defer file.Close()
	var names attack.Names
	err = json.NewDecoder(io.LimitReader(file, maxBundle)).Decode(&names)
	if err == nil {
		err = names.Check()
	}
	if err != nil {
		return "", &Error{Kind: Input, Err: fmt.Errorf("%s: %w", path, err), Help: "egret rules attack --embedded removes it"}
	}
	attack.Use(&names)
	return path, nil
}

// RefreshAttack reads a STIX bundle of ATT&CK for Enterprise, and keeps its names in the data folder. version is as in attack.ReadSTIX.
func RefreshAttack(bundle, version string) (*attack.Names, error) {
	path, err := AttackPath()
	if err != nil {
		return nil, err
	}
	file, err := os.Open(bundle)
	if err != nil {
		return nil, unreadable(err)
	}
	defer file.Close()
	names, err := attack.ReadSTIX(io.LimitReader(file, maxBundle), version)
	if err != nil {
		return nil, &Error{Kind: Input, Err: fmt.Errorf("%s: %w", bundle, err), Help: "it takes enterprise-attack.json of MITRE's attack-stix-data; --version says the version if the file does not"}
	}
	text, err := json.MarshalIndent(names, "", " ")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, unreadable(err)
	}
	if err := durable.Replace(path, append(text, '\n')); err != nil {
		return nil, unreadable(err)
	}
	return names, nil
}
