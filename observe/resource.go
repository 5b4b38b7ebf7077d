package observe

import (
	"cmp"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk"
	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
)

// nameProcess completes the names that the configuration leaves open, and returns what OTEL_RESOURCE_ATTRIBUTES says besides.
func nameProcess(c *Config, e *environment) map[string]string {
	given := e.pairs("OTEL_RESOURCE_ATTRIBUTES")
	take := func(key attribute.Key) string {
		v := given[string(key)]
		delete(given, string(key))
		return v
	}
	inherited := take(semconv.ServiceNameKey)
	c.Service = cmp.Or(c.Service, e.lookup("OTEL_SERVICE_NAME").value, inherited,
		"unknown_service:"+filepath.Base(os.Args[0]))
	c.Version = cmp.Or(c.Version, take(semconv.ServiceVersionKey), builtVersion())
	older := take("deployment.environment")
	c.Environment = cmp.Or(c.Environment, take(semconv.DeploymentEnvironmentNameKey), older)
	c.Instance = cmp.Or(c.Instance, take(semconv.ServiceInstanceIDKey), newInstance())
	return given
}

func newInstance() string {
	return strconv.FormatUint(rand.Uint64(), 36) + "-" + strconv.Itoa(os.Getpid())
}

// builtVersion is the version of the main module, empty where the build does not know it.
func builtVersion() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "(devel)" {
		return b.Main.Version
	}
	return ""
}

// newResource says from what process telemetry comes.
func newResource(c *Config, given map[string]string) *resource.Resource {
	host, _ := os.Hostname() // a process without a host's name is named all the same
	attrs := []attribute.KeyValue{
		semconv.ServiceName(c.Service),
		semconv.ServiceInstanceID(c.Instance),
		semconv.TelemetrySDKName("opentelemetry"),
		semconv.TelemetrySDKLanguageGo,
		semconv.TelemetrySDKVersion(sdk.Version()),
		semconv.ProcessPID(os.Getpid()),
		semconv.ProcessRuntimeName("go"),
		semconv.ProcessRuntimeVersion(runtime.Version()),
	}
	if c.Version != "" {
		attrs = append(attrs, semconv.ServiceVersion(c.Version))
	}
	if c.Environment != "" {
		attrs = append(attrs, semconv.DeploymentEnvironmentNameKey.String(c.Environment))
	}
	if host != "" && given[string(semconv.HostNameKey)] == "" {
		attrs = append(attrs, semconv.HostName(host))
	}
	for key, value := range given {
		attrs = append(attrs, attribute.String(key, value))
	}
	return resource.NewWithAttributes(semconv.SchemaURL, attrs...)
}
