package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// javaMajor is the version of Java that the server runs on.
const javaMajor = "25"

// javaFolders lists where operating systems' packages install JDKs.
var javaFolders = []string{"/usr/lib/jvm/*" + javaMajor + "*", "/Library/Java/JavaVirtualMachines/*" + javaMajor + "*/Contents/Home"}

var releaseVersion = regexp.MustCompile(`(?m)^JAVA_VERSION="?([0-9]+)`)

// findJava returns the path of the java program of a JDK of the right version. It looks in the folder that JAVA25_HOME
// or JAVA_HOME names, in folders that match the patterns, and next to the java on the PATH.
func findJava(getenv func(string) string, folders []string) (string, error) {
	var homes, tried []string
	for _, variable := range []string{"JAVA" + javaMajor + "_HOME", "JAVA_HOME"} {
		if home := getenv(variable); home != "" {
			homes = append(homes, home)
		}
	}
	for _, pattern := range folders {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		homes = append(homes, found...)
	}
	if java, err := exec.LookPath("java"); err == nil {
		if java, err = filepath.EvalSymlinks(java); err == nil {
			homes = append(homes, filepath.Dir(filepath.Dir(java)))
		}
	}
	for _, home := range homes {
		found, err := javaVersion(home)
		if err == nil && found == javaMajor {
			return filepath.Join(home, "bin", "java"), nil
		}
		if err == nil {
			tried = append(tried, fmt.Sprintf("%s is Java %s", home, found))
		}
	}
	message := "expected a JDK " + javaMajor + " in JAVA" + javaMajor + "_HOME, JAVA_HOME, on the PATH or in " + strings.Join(folders, " or ")
	if len(tried) > 0 {
		message += "; " + strings.Join(tried, ", ")
	}
	return "", errors.New(message)
}

// javaVersion reads the major version from the file release of a JDK.
func javaVersion(home string) (string, error) {
	text, err := os.ReadFile(filepath.Join(home, "release"))
	if err != nil {
		return "", err
	}
	match := releaseVersion.FindSubmatch(text)
	if match == nil {
		return "", fmt.Errorf("%s: no JAVA_VERSION", home)
	}
	return string(match[1]), nil
}
