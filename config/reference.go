package config

import (
	"fmt"
	"strings"
)

// Reference is the documentation of the configuration in Markdown, as docs/configuration.md has it.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Made from the package config; to renew it: go test ./config -update -->

Penstock reads one YAML file. This is enough:

`)
	b.WriteString("```yaml\n" + string(Example) + "```\n\n")
	b.WriteString("`${NAME}` in a value stands for the environment variable NAME. A secret may be in a file of its own, which the key with " +
		"`_file` names. Relative paths start at the directory of the configuration file. A time span is written as `90s`, `15m`, `24h`, `30d` or `off`, " +
		"a size as `64MiB` or `8GB`. A key that is not in this list is an error.\n\n" +
		"| key | value | default | meaning |\n| --- | --- | --- | --- |\n")
	for _, k := range Keys() {
		value := k.Default
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Path, k.Type, value, strings.ReplaceAll(k.Doc, "|", `\|`))
	}
	return b.String()
}
