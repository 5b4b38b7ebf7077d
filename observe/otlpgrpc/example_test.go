package otlpgrpc_test

import (
	"context"
	"fmt"

	"github.com/telltale-dev/telltale/observe/otlp"
	"github.com/telltale-dev/telltale/observe/otlpgrpc"
)

func ExampleNew() {
	sender, err := otlpgrpc.New(otlpgrpc.Options{
		Endpoint: "https://collector.example:4317",
		Headers:  map[string]string{"x-api-key": "…"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	exporter := otlp.New(otlp.Options{Sender: sender}) // connects with the first request
	defer func() { _ = exporter.Shutdown(context.Background()) }()
	fmt.Println(exporter.Stats().Traces.Sent)
	// Output: 0
}
