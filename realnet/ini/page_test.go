package ini

import (
	"fmt"
	"strings"
)

const pageHead = `# Configuration

One file for the whole cluster, the same on every node: Arakoon's INI dialect, as
it is. (This page is written from the table in ` + "`realnet/ini/options.go`" + `; after a
change there: ` + "`go test ./realnet/ini -rewrite`" + `.)

    [global]
    cluster = arakoon_0, arakoon_1, arakoon_2
    cluster_id = ricky

    [arakoon_0]
    ip = 192.168.1.10
    client_port = 4000
    messaging_port = 4010
    home = /var/lib/arakoon/arakoon_0
    log_level = info

    ...

## The dialect

* A line with ` + "`#`" + ` in column 1 is a comment; an indented one is an error. What
  follows a value belongs to the value.
* Names of sections and keys: letters, digits, ` + "`-`, `_`, `:`" + `; upper and lower case
  differ. Values: printable ASCII up to the end of the line; a backslash at the end
  continues it.
* int: ` + "`50_000`, `0x1F`, `0o17`, `0b101`" + `; what follows the number is ignored.
  bool: ` + "`true` or `false`" + `. string: up to the first blank, so a path can't contain
  one. list: split at commas, blanks, tabs. size: bytes, or a number with KiB, MiB,
  GiB (powers of 1024) or kB, MB, GB (of 1000). duration: seconds, or as in
  ` + "`500ms`, `30s`, `1h30m`" + `.
* Of a repeated key, or a repeated section, the last one counts.

Nothing is ignored silently: a misspelt key, an option without effect, a section
that belongs to no node are warned about at start, with file, line and the nearest
known name. A file that is wrong is refused with file, line, cause and next step,
and with Arakoon's exit codes: 2 for what can't be read, 66 for what makes no sense.

## Options

"without effect" means: accepted, warned about, and the last column says what
happens instead. Options in *italics* are ours; Arakoon ignores them.
`

// page is docs/configuration.md.
func page() string {
	var b strings.Builder
	b.WriteString(pageHead)
	for place := range Place(len(placeNames)) {
		fmt.Fprintf(&b, "\n### %s\n\n| option | type | default | effect | meaning |\n|---|---|---|---|---|\n", heading(place))
		for _, o := range Options {
			if o.Place == place {
				b.WriteString(row(&o))
			}
		}
	}
	return b.String()
}

func heading(p Place) string {
	switch p {
	case PlaceGlobal, PlaceNursery:
		return "`" + p.String() + "`"
	case PlaceNode:
		return "Node sections: `[NODE]`"
	case PlaceLog:
		return "The section that `log_config` names"
	case PlaceBatch:
		return "The section that `batched_transaction_config` names"
	}
	panic("ini: unknown kind of section")
}

func row(o *Option) string {
	key := "`" + o.Key + "`"
	if o.Ours {
		key = "*" + key + "*"
	}
	effect := o.Effect.String()
	if o.Effect == Inert {
		effect = "without effect"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s |\n", key, o.Type, o.Default, effect, o.Meaning)
}
