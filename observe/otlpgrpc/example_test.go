package otlpgrpc_test

import (
	"cmp"
	"context"
	"fmt"
	"os"

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

// The same configuration on a laptop, where nobody sets an endpoint, and in a cluster.
func ExampleOptions() {
	sender, err := otlpgrpc.New(otlpgrpc.Options{
		Endpoint:    cmp.Or(os.Getenv("COLLECTOR"), otlpgrpc.DefaultEndpoint),
		Compression: otlp.Uncompressed, // compressing costs more than it saves on one machine
		UserAgent:   "chat-api/1.4.2",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sender.Close())
	// Output: <nil>
}
