// Command openapi prints the description of Penstock's API, from which the page's client types are made.
package main

import (
	"fmt"
	"os"

	"penstock/server"
)

func main() {
	doc, err := server.OpenAPI("")
	if err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
	if _, err := os.Stdout.Write(doc); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}
