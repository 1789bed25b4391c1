// The public arguments of seeing what the stack does: metrics that Prometheus fetches, and telemetry that the
// processes send.

import type { Input } from "@pulumi/pulumi";
import type { PeerArgs } from "./network-args";

/** Where a process answers with its metrics, in Prometheus' format. */
export interface MetricsArgs {
  /**
   * The port. One of its own keeps the metrics out of the public's reach.
   *
   * @default - the process' `port`
   * @asType integer
   */
  port?: number;

  /**
   * The path.
   *
   * @default "/metrics"
   */
  path?: string;

  /**
   * How often they are fetched, in Prometheus' words. Annotations can't say it.
   *
   * @default - the stack's `monitoring.interval`
   * @example "30s"
   */
  interval?: string;
}

/** How Prometheus finds the processes that have `metrics`, and from where it comes. */
export interface MonitoringArgs {
  /**
   * How it finds them.
   *
   * @default - `annotations`
   */
  scrape?: ScrapeMethod;

  /**
   * How often it fetches, in Prometheus' words. Annotations can't say it.
   *
   * @default - as Prometheus is set up
   * @example "30s"
   */
  interval?: string;

  /**
   * Labels of the ServiceMonitors and PodMonitors, by which a Prometheus selects them.
   *
   * @default - none
   * @example { "release": "kube-prometheus-stack" }
   */
  labels?: { [label: string]: string };

  /**
   * The namespace of Prometheus' pods: from there the ports of the metrics are open.
   *
   * @default "monitoring"
   */
  namespace?: string;

  /**
   * Labels of Prometheus' pods.
   *
   * @default - every pod of that namespace
   * @example { "app.kubernetes.io/name": "prometheus" }
   */
  podLabels?: { [label: string]: string };
}

/** How Prometheus finds what it fetches. */
export const ScrapeMethod = {
  /** By the annotations `prometheus.io/scrape`, `port` and `path` of the pods. */
  Annotations: "annotations",
  /**
   * By ServiceMonitors of the prometheus-operator. A process without a Service gets a PodMonitor.
   *
   * @see https://prometheus-operator.dev/docs/developer/getting-started/
   */
  ServiceMonitor: "ServiceMonitor",
  /** By PodMonitors of the prometheus-operator. */
  PodMonitor: "PodMonitor",
} as const;
export type ScrapeMethod = (typeof ScrapeMethod)[keyof typeof ScrapeMethod];

/**
 * Where the processes send traces, metrics and logs by OpenTelemetry. Every role gets the variables below, unless it
 * sets them itself, and may reach the endpoint.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export interface TelemetryArgs {
  /**
   * The address of the collector, without a path for the signal: `OTEL_EXPORTER_OTLP_ENDPOINT`.
   *
   * @example "http://otel-collector.observability.svc:4318"
   */
  endpoint: string;

  /**
   * The protocol: `OTEL_EXPORTER_OTLP_PROTOCOL`.
   *
   * @default - `grpc` on port 4317, else `http/protobuf`
   */
  protocol?: OtlpProtocol;

  /**
   * Headers, such as a key: `OTEL_EXPORTER_OTLP_HEADERS`. It may hold references.
   *
   * @default - none
   * @example "authorization=Bearer ${secrets.telemetry}"
   */
  headers?: Input<string>;

  /**
   * Attributes beside the service's name, namespace and environment, which are in `OTEL_RESOURCE_ATTRIBUTES` anyway.
   *
   * @default - none
   * @example { "team": "notes" }
   */
  attributes?: { [name: string]: string };

  /**
   * Where the endpoint is in the network, where its host doesn't tell: the pods' port of a Service that has another, or
   * a private address.
   *
   * @default - for `<service>.<namespace>.svc` the pods of that namespace, else the internet; by the endpoint's port
   * @example { "cidr": "10.20.0.0/16", "ports": [4318] }
   */
  egress?: PeerArgs;
}

/** How telemetry is sent. */
export const OtlpProtocol = {
  /** Protobuf over HTTP, mostly on port 4318. */
  HttpProtobuf: "http/protobuf",
  /** JSON over HTTP, mostly on port 4318. */
  HttpJson: "http/json",
  /** gRPC, mostly on port 4317. */
  Grpc: "grpc",
} as const;
export type OtlpProtocol = (typeof OtlpProtocol)[keyof typeof OtlpProtocol];
