// The public arguments of probes: how a running process is checked.

/**
 * A check of a running process: exactly one of `httpGet`, `tcpSocket`, `grpc` and `exec`.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
export interface ProbeArgs {
  /** An HTTP request that must be answered with 200 to 399. */
  httpGet?: HttpGetArgs;

  /** A TCP connection that must be accepted. */
  tcpSocket?: TcpSocketArgs;

  /** A call of gRPC's health service that must be answered with SERVING. */
  grpc?: GrpcArgs;

  /** A command in the container that must exit with 0. */
  exec?: ExecArgs;

  /**
   * Seconds between two checks.
   *
   * @default 10
   * @asType integer
   * @minimum 1
   */
  periodSeconds?: number;

  /**
   * Seconds to wait for an answer.
   *
   * @default 2
   * @asType integer
   * @minimum 1
   */
  timeoutSeconds?: number;

  /**
   * How many checks must fail in a row.
   *
   * @default 3
   * @asType integer
   * @minimum 1
   */
  failureThreshold?: number;

  /**
   * How many checks must succeed in a row after a failure; more than one only for readiness.
   *
   * @default 1
   * @asType integer
   * @minimum 1
   */
  successThreshold?: number;

  /**
   * Seconds to wait before the first check.
   *
   * @default 0
   * @asType integer
   * @minimum 0
   */
  initialDelaySeconds?: number;
}

/** An HTTP request to the process. */
export interface HttpGetArgs {
  /**
   * The path.
   *
   * @example "/readyz"
   */
  path: string;

  /**
   * The port.
   *
   * @default - the process' `port`
   * @asType integer
   */
  port?: number;

  /**
   * The scheme. With HTTPS no certificate is checked.
   *
   * @default - HTTP
   */
  scheme?: ProbeScheme;

  /**
   * Headers of the request, such as the `Host` that an application insists on.
   *
   * @default - none
   * @example { "Host": "notes.example.com" }
   */
  httpHeaders?: { [name: string]: string };
}

/** The scheme of a probe's request. */
export const ProbeScheme = {
  /** Without encryption. */
  HTTP: "HTTP",
  /** Over TLS; no certificate is checked. */
  HTTPS: "HTTPS",
} as const;
export type ProbeScheme = (typeof ProbeScheme)[keyof typeof ProbeScheme];

/** A TCP connection to the process. */
export interface TcpSocketArgs {
  /**
   * The port.
   *
   * @default - the process' `port`
   * @asType integer
   */
  port?: number;
}

/**
 * A call of gRPC's health service.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export interface GrpcArgs {
  /**
   * The port.
   *
   * @default - the process' `port`
   * @asType integer
   */
  port?: number;

  /**
   * The name of the service that is asked for.
   *
   * @default - the server as a whole
   * @example "liveness"
   */
  service?: string;
}

/** A command in the container. */
export interface ExecArgs {
  /** The words of the command; it is not given to a shell. */
  command: string[];
}
