// An OpenTelemetry SDK that exports to the server under test: OTLP as JSON, protobuf or gRPC.
import { metrics } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPMetricExporter as GRPCMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { OTLPMetricExporter as JSONMetrics } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtoMetrics } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter as GRPCTraces } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JSONTraces } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoTraces } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

const otlp = process.env.TELLTALE_OTLP
const exporters = {
  json: () => new JSONTraces({ url: `${otlp}/v1/traces`, compression: 'gzip' }),
  proto: () => new ProtoTraces({ url: `${otlp}/v1/traces`, compression: 'gzip' }),
  grpc: () => new GRPCTraces({ url: `http://${process.env.TELLTALE_GRPC}`, compression: 'gzip' }),
}
const points = {
  json: () => new JSONMetrics({ url: `${otlp}/v1/metrics`, compression: 'gzip' }),
  proto: () => new ProtoMetrics({ url: `${otlp}/v1/metrics`, compression: 'gzip' }),
  grpc: () => new GRPCMetrics({ url: `http://${process.env.TELLTALE_GRPC}`, compression: 'gzip' }),
}

// setup registers the global providers of tracers and meters; flush sends everything and ends the SDK.
export function setup(service, protocol) {
  const resource = resourceFromAttributes({ 'service.name': service, 'deployment.environment.name': 'e2e' })
  const tracers = new NodeTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(exporters[protocol]())] })
  tracers.register()
  const reader = new PeriodicExportingMetricReader({ exporter: points[protocol](), exportIntervalMillis: 60_000 })
  const meters = new MeterProvider({ resource, readers: [reader] })
  metrics.setGlobalMeterProvider(meters)
  const exporter = new OTLPLogExporter({ url: `${otlp}/v1/logs` })
  const loggers = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter })] })
  return {
    logger: loggers.getLogger('shop'),
    async flush() {
      await tracers.forceFlush()
      await loggers.forceFlush()
      await meters.forceFlush()
      await tracers.shutdown()
      await meters.shutdown()
      await loggers.shutdown()
    },
  }
}
