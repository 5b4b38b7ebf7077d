"""An OpenTelemetry SDK that exports to the server under test, by gRPC or by HTTP, compressed."""

import logging
import os

from grpc import Compression as GRPCCompression
from opentelemetry import metrics, trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GRPCLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GRPCMetrics
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCSpans
from opentelemetry.exporter.otlp.proto.http import Compression as HTTPCompression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HTTPLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HTTPMetrics
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HTTPSpans
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def setup(service, protocol):
    """Installs the global providers; the function it returns flushes them and says whether all was taken."""
    if protocol == "grpc":
        to = {"endpoint": os.environ["TELLTALE_GRPC"], "insecure": True, "compression": GRPCCompression.Gzip}
        spans, logs, points = GRPCSpans(**to), GRPCLogs(**to), GRPCMetrics(**to)
    else:
        otlp = os.environ["TELLTALE_OTLP"]
        spans = HTTPSpans(endpoint=f"{otlp}/v1/traces", compression=HTTPCompression.Gzip)
        logs = HTTPLogs(endpoint=f"{otlp}/v1/logs", compression=HTTPCompression.Gzip)
        points = HTTPMetrics(endpoint=f"{otlp}/v1/metrics", compression=HTTPCompression.Gzip)
    resource = Resource.create({"service.name": service, "deployment.environment.name": "e2e"})
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(BatchSpanProcessor(spans))
    trace.set_tracer_provider(tracers)
    loggers = LoggerProvider(resource=resource)
    loggers.add_log_record_processor(BatchLogRecordProcessor(logs))
    set_logger_provider(loggers)
    meters = MeterProvider(resource=resource, metric_readers=[PeriodicExportingMetricReader(points)])
    metrics.set_meter_provider(meters)
    logger = logging.getLogger(service)
    logger.setLevel(logging.INFO)
    logger.addHandler(LoggingHandler(logger_provider=loggers))

    def flush():
        taken = tracers.force_flush(20_000) and loggers.force_flush(20_000) and meters.force_flush(20_000)
        tracers.shutdown()
        loggers.shutdown()
        meters.shutdown()
        return taken

    return logger, flush
