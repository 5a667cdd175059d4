package cluster

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// Ports are taken from this range, below the one from which the kernel takes the
// local ports of outgoing connections: a node that is down must not find its
// port taken when it comes back.
const (
	lowPort  = 12_000
	highPort = 30_000
)

// Setting is one option of a cluster's file.
type Setting struct{ Key, Value string }

// TinyEnv is the environment variable that makes every new cluster a tiny one.
const TinyEnv = "ARAKOON_TEST_TINY"

// TinySettings make everything happen all the time that otherwise takes hours:
// small segments, a checkpoint every second, and hardly any log behind it.
func TinySettings() []Setting {
	return []Setting{
		{"tlog_max_entries", "200"},
		{"tlog_max_size", strconv.Itoa(1 << 20)},
		{"checkpoint_period", "1s"},
		{"log_retention", strconv.Itoa(1 << 20)},
		{"log_retention_entries", "100"},
	}
}

// section is the text of the settings that belong to a kind of section. A key
// that the table of options doesn't know goes to [global]: the server warns.
func section(settings []Setting, place ini.Place) string {
	var b strings.Builder
	for _, s := range settings {
		if placeOf(s.Key) == place {
			fmt.Fprintf(&b, "%s = %s\n", s.Key, s.Value)
		}
	}
	return b.String()
}

func placeOf(key string) ini.Place {
	for _, place := range []ini.Place{ini.PlaceGlobal, ini.PlaceNode} {
		if slices.ContainsFunc(ini.Options, func(o ini.Option) bool { return o.Place == place && o.Key == key }) {
			return place
		}
	}
	return ini.PlaceGlobal
}

// writeConfig lays out a new cluster.
func writeConfig(opts Options, path string) error {
	if strings.ContainsAny(opts.Dir, " \t") {
		return fmt.Errorf("%q: a path in an INI file can't contain a blank; choose another folder", opts.Dir)
	}
	if err := os.MkdirAll(opts.Dir, 0o755); err != nil {
		return err
	}
	ports, err := FreePorts(3 * opts.Nodes)
	if err != nil {
		return err
	}
	var names []string
	var sections strings.Builder
	for i := range opts.Nodes {
		name := fmt.Sprintf("arakoon_%d", i)
		names = append(names, name)
		home := filepath.Join(opts.Dir, name)
		fmt.Fprintf(&sections, "\n[%s]\nip = 127.0.0.1\nclient_port = %d\nmessaging_port = %d\nadmin_port = %d\nhome = %s\nlog_level = info\n",
			name, ports[3*i], ports[3*i+1], ports[3*i+2], home)
		if i < len(opts.Datacentres) {
			fmt.Fprintf(&sections, "datacentre = %s\n", opts.Datacentres[i])
		}
		sections.WriteString(section(opts.Settings, ini.PlaceNode))
	}
	text := fmt.Sprintf("[global]\ncluster = %s\ncluster_id = %s\nlease_period_ms = %d\n%s%s",
		strings.Join(names, ", "), clusterID(opts.Dir), opts.Lease.Milliseconds(), section(opts.Settings, ini.PlaceGlobal), sections.String())
	return os.WriteFile(path, []byte(text), 0o644)
}

// clusterID names the cluster after its folder.
func clusterID(dir string) string {
	var b strings.Builder
	for _, r := range filepath.Base(dir) {
		if r < 128 && (r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			b.WriteRune(r)
		}
	}
	if b.Len() == 0 {
		return "dev"
	}
	return b.String()
}

// FreePorts finds n ports on which nobody listens.
func FreePorts(n int) ([]int, error) {
	var ports []int
	port := lowPort + rand.IntN(highPort-lowPort)
	for range highPort - lowPort {
		if len(ports) == n {
			return ports, nil
		}
		if port++; port >= highPort {
			port = lowPort
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue // taken
		}
		if err := l.Close(); err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return nil, fmt.Errorf("found only %d of %d free ports between %d and %d", len(ports), n, lowPort, highPort)
}
