// Command apidoc prints the OpenAPI document of the HTTP API. The types of the web UI are generated from it.
package main

import (
	"fmt"
	"os"

	"github.com/telltale-dev/telltale/internal/api"
)

func main() {
	document, err := api.Document("")
	if err == nil {
		_, err = os.Stdout.Write(append(document, '\n'))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "apidoc:", err)
		os.Exit(1)
	}
}
