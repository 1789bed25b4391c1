// The public arguments of routes: which requests from outside reach a process, and how they are treated on the way.

/** How requests from outside are treated on their way to a process. */
export interface TrafficArgs {
  /**
   * The largest body that a request may have; a larger one is answered with 413.
   *
   * @default - the controller's own: 1Mi with ingress-nginx, none with others
   * @example "100Mi"
   */
  maxBodySize?: string;

  /** How long the controller waits for the process. */
  timeouts?: TimeoutsArgs;

  /** How many requests one client may send; what is more is refused. */
  rateLimit?: RateLimitArgs;

  /**
   * The blocks of addresses that requests may come from; all others are answered with 403.
   *
   * @default - any
   * @example ["203.0.113.0/24"]
   */
  sourceRanges?: string[];

  /**
   * Whether answers are streams that stay open: web sockets, server-sent events. They are passed on piece by piece,
   * may pause for an hour, and have no `maxBodySize` from further out.
   *
   * @default false
   */
  streaming?: boolean;

  /**
   * Annotations for the Ingress or HTTPRoute, for what has no word of its own here. They are added to those from
   * further out.
   *
   * @example { "traefik.ingress.kubernetes.io/router.middlewares": "notes-dev-auth@kubernetescrd" }
   */
  annotations?: { [name: string]: string };
}

/** How requests from outside are treated on their way to one process. */
export interface ProcessTrafficArgs extends TrafficArgs {
  /**
   * Paths below those of the process that can't be reached from outside; from inside the cluster they can.
   *
   * @example ["/metrics"]
   */
  hiddenPaths?: string[];

  /** Sends all requests of one client to the same pod, by a cookie. Absent means any pod. */
  sessionAffinity?: SessionAffinityArgs;
}

/** Requests that the ingress sends to a process. */
export interface RouteArgs extends TrafficArgs {
  /**
   * The host that the requests are for, without scheme, port or path. `*.example.com` stands for every name with one
   * more label.
   *
   * @default - the process' `host`, or the stack's
   * @example "api.notes.example.com"
   */
  host?: string;

  /**
   * The path that the requests are for.
   *
   * @default "/"
   * @example "/api"
   */
  path?: string;

  /**
   * Whether what is below the path belongs to it.
   *
   * @default - `Prefix`
   * @see https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types
   */
  pathType?: PathType;
}

/** Which paths a route is for. */
export const PathType = {
  /** The path and everything below it: `/api` and `/api/notes`, but not `/apis`. */
  Prefix: "Prefix",
  /** The path alone. */
  Exact: "Exact",
} as const;
export type PathType = (typeof PathType)[keyof typeof PathType];

/** How long the controller waits for a process. */
export interface TimeoutsArgs {
  /**
   * Seconds until a connection to the process must stand.
   *
   * @default - the controller's own
   * @asType integer
   * @minimum 1
   */
  connectSeconds?: number;

  /**
   * Seconds in which the process must answer. With Traefik that is until the answer begins, with ingress-nginx between
   * two pieces of it, and with the Gateway API until it has ended.
   *
   * @default - the controller's own
   * @asType integer
   * @minimum 1
   */
  readSeconds?: number;
}

/** How many requests one client may send, told apart by its address. */
export interface RateLimitArgs {
  /**
   * Requests in each period.
   *
   * @asType integer
   * @minimum 1
   */
  requests: number;

  /**
   * The length of a period in seconds.
   *
   * @default 1
   * @asType integer
   * @minimum 1
   */
  periodSeconds?: number;

  /**
   * How many requests may come at once.
   *
   * @default - as many as `requests`
   * @asType integer
   * @minimum 1
   */
  burst?: number;
}

/** Keeps a client at one pod. */
export interface SessionAffinityArgs {
  /**
   * The cookie's name.
   *
   * @default - `<name>-<process>`
   */
  cookieName?: string;

  /**
   * How long the cookie is kept, in seconds.
   *
   * @default - until the browser is closed
   * @asType integer
   * @minimum 1
   */
  maxAgeSeconds?: number;
}
