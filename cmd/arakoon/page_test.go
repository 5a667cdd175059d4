package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const pageHead = `# Command line

(This page is written from the code; after a change there:
` + "`go test ./cmd/arakoon -run Page -rewrite`" + `.)

Data goes to standard output, everything else to standard error. Errors name the
cause and the next step. ` + "`--output json`" + ` prints one object with ` + "`api_version`" + `; keys and
values that aren't UTF-8 stand there as ` + "`key_base64`, `value_base64`" + `.

Which cluster: ` + "`--config FILE`" + ` (or ` + "`ARAKOON_CONFIG`" + `), or ` + "`--cluster ID --endpoints NODE=HOST:PORT,...`" + `
(or ` + "`ARAKOON_CLUSTER`, `ARAKOON_ENDPOINTS`" + `), or ` + "`cfg/arakoon.ini`" + `, where Arakoon looks.

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | another failure |
| 2 | wrong usage, or a configuration that can't be read; in Arakoon's own forms: any failure of a client action |
| 3 | the key is absent |
| 4 | an assertion failed, a value was not the expected one; nothing was changed |
| 5 | no master, or nobody answers; nothing was changed |
| 6 | the outcome of the update is unknown: read before you repeat it |
| 8 | a limit is exceeded; nothing was changed |
| 9 | an integrity problem was found: damage in a store or a log |
| 43, 44, 46, 47 | server: directory of the log, home, directory of compressed segments, directory of a witness's tree: missing or not writable |
| 45 | server: the store is damaged |
| 49 | server: the log is damaged |
| 50 | server: a file of the log is missing, or log or store are another node's, or of a newer version |
| 66 | server: the configuration makes no sense, or the node runs already |
| 130 | interrupted by a signal |

## Verbs
`

// page is docs/command-line.md.
func page() string {
	var b strings.Builder
	b.WriteString(pageHead)
	for _, c := range (&app{}).root().Commands() {
		writeVerb(&b, c)
	}
	b.WriteString("\n## Arakoon's own forms\n\nOptions are processed from left to right, the last action counts. Outputs and exit\ncodes are Arakoon's.\n\n| option | |\n|---|---|\n")
	var missing []string
	for _, o := range arakoonOptions {
		if o.missing != "" {
			missing = append(missing, "`"+o.name+"`")
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", o.name, strings.NewReplacer("<", "`", ">", "`").Replace(strings.TrimSpace(o.help)))
	}
	fmt.Fprintf(&b, "\nKnown and refused, with what to use instead: %s.\n", strings.Join(missing, ", "))
	return b.String()
}

// writeVerb writes a verb and those below it.
func writeVerb(b *strings.Builder, c *cobra.Command) {
	if c.IsAdditionalHelpTopicCommand() || c.Name() == "help" || c.Name() == "completion" {
		return
	}
	if c.HasSubCommands() {
		for _, sub := range c.Commands() {
			writeVerb(b, sub)
		}
		return
	}
	parent := strings.TrimPrefix(c.Parent().CommandPath()+" ", "arakoon ")
	fmt.Fprintf(b, "\n### %s%s\n\n", parent, c.Use)
	for line := range strings.SplitSeq(c.Long, "\n") {
		if strings.HasPrefix(line, "  ") {
			line = "  " + line // a code block
		}
		b.WriteString(line + "\n")
	}
	fmt.Fprintf(b, "\n%s\n", indent(c.Example))
	if flags := c.LocalNonPersistentFlags().FlagUsages(); flags != "" {
		fmt.Fprintf(b, "\n%s", indent(strings.TrimRight(flags, "\n"))+"\n")
	}
}

// indent makes a code block.
func indent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight("    "+strings.TrimPrefix(line, "  "), " ")
	}
	return strings.Join(lines, "\n")
}
