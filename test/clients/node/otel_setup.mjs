// An OpenTelemetry SDK that exports to the server under test: OTLP as JSON, protobuf or gRPC.
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPTraceExporter as GRPCTraces } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JSONTraces } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoTraces } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

const otlp = process.env.TELLTALE_OTLP
const exporters = {
  json: () => new JSONTraces({ url: `${otlp}/v1/traces`, compression: 'gzip' }),
  proto: () => new ProtoTraces({ url: `${otlp}/v1/traces`, compression: 'gzip' }),
  grpc: () => new GRPCTraces({ url: `http://${process.env.TELLTALE_GRPC}`, compression: 'gzip' }),
}

// setup registers the global tracer provider; flush sends everything and ends the SDK.
export function setup(service, protocol) {
  const resource = resourceFromAttributes({ 'service.name': service, 'deployment.environment.name': 'e2e' })
  const tracers = new NodeTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(exporters[protocol]())] })
  tracers.register()
  const exporter = new OTLPLogExporter({ url: `${otlp}/v1/logs` })
  const loggers = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter })] })
  return {
    logger: loggers.getLogger('shop'),
    async flush() {
      await tracers.forceFlush()
      await loggers.forceFlush()
      await tracers.shutdown()
      await loggers.shutdown()
    },
  }
}
