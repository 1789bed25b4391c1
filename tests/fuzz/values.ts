// Realistic values by the name of the property. What has no entry here gets the examples of its documentation, or
// whatever fits its type: so a new property takes part from its first day.

import fc from "fast-check";

const oneOf = (...values: string[]) => fc.constantFrom(...values);

/** In every text that may be a secret, so that a message which shows one is noticed. */
export const SECRET = "s3cr3t";

/** What stands for an Output of Pulumi's. */
export const OUTPUT = { __pulumiOutput: true };

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

/** What becomes a reference to something that the stack has, once it is known what that is (see `valid.ts`). */
export const REFERENCE = /⟦(\d+)⟧/g;
const reference = fc.nat(1000).map((index) => `⟦${index}⟧`);

const secretText = fc.string({ maxLength: 12 }).map((text) => `${text.replaceAll("\u0000", "")}${SECRET}`);

const variable = fc.oneof(
  { weight: 4, arbitrary: reference },
  { weight: 2, arbitrary: fc.tuple(secretText, reference).map(([text, to]) => `${text}${to}/1`) },
  { weight: 2, arbitrary: secretText },
  { weight: 1, arbitrary: oneOf("", "true", "$${literal}", "$(HOME)", "a\nb", "💥 ünïcode", "yes", "0777") },
);

const image = fc
  .tuple(
    oneOf("nginx", "ghcr.io/acme/notes", "registry.example.com:5000/a/b-c_d/e.f", "127.0.0.1:5000/notes"),
    oneOf("", ":1.2", ":v1.2.3-rc.1"),
    fc.boolean(),
  )
  .map(([name, tag, digest]) => `${name}${digest ? tag : tag || ":1"}${digest ? `@${DIGEST}` : ""}`);

const words = fc.array(oneOf("python", "-m", "app", "sh", "-c", 'echo "$HOME" $(date) ${x}', "", "ä"), {
  minLength: 1,
  maxLength: 4,
});

const sizes = (unit: string) => fc.integer({ min: 1, max: 64 }).map((amount) => `${amount}${unit}`);
const milli = (min: number, max: number) => fc.integer({ min, max }).map((amount) => `${amount}m`);
const mebi = (min: number, max: number) => fc.integer({ min, max }).map((amount) => `${amount}Mi`);

const mode = oneOf("0644", "755", "0400");
const file = fc.oneof(
  fc.record({ content: variable, mode }, { requiredKeys: ["content"] }),
  fc.record({ source: oneOf("./config/app.env", "../a b/ü"), mode }, { requiredKeys: ["source"] }),
);

const quantities = (...suffixes: string[]) => fc.constantFrom(...suffixes.map((suffix) => `3${suffix}`));
const object = fc.record(
  { name: oneOf("smtp", "tls.example.com"), optional: fc.boolean() },
  { requiredKeys: ["name"] },
);
const emptyDir = fc.record(
  { sizeLimit: quantities("Mi", "Gi"), medium: oneOf("", "Memory") },
  { requiredKeys: [] },
);
const part = { subPath: oneOf("a", "a/b-c"), readOnly: fc.boolean() };
const mount = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ volume: oneOf("a", "session"), ...part }, { requiredKeys: ["volume"] }),
  },
  { weight: 2, arbitrary: fc.record({ emptyDir }) },
  { weight: 1, arbitrary: fc.record({ secret: object, ...part }, { requiredKeys: ["secret"] }) },
  { weight: 1, arbitrary: fc.record({ configMap: object }) },
);

const toleration = fc.oneof(
  fc.record({ key: oneOf("dedicated", "a.b/c"), operator: fc.constant("Equal"), value: oneOf("", "web") }),
  fc.record({ key: oneOf("spot"), effect: fc.constant("NoExecute"), tolerationSeconds: fc.nat(99) }),
  fc.record({ operator: fc.constant("Exists") }),
);
const rule = fc.record(
  {
    apiGroups: fc.constantFrom([""], ["", "batch"]),
    resources: fc.constantFrom(["pods"], ["jobs", "pods/log"]),
    resourceNames: fc.constant(["leader"]),
    verbs: fc.constantFrom(["get"], ["get", "list", "deletecollection"]),
  },
  { requiredKeys: ["resources", "verbs"] },
);
/** What holds of nearly everything, so that whatever is checked can be valid. */
const check = fc.record(
  {
    required: fc.constant(false),
    pattern: oneOf(".*", "(?!x).*"),
    tiers: fc.constant(["dev", "prod"]),
    reason: oneOf("it would break"),
  },
  { requiredKeys: ["required"] },
);
const amountCheck = fc.record({
  required: fc.constant(false),
  minimum: oneOf("1", "1m"),
  maximum: oneOf("1Ei"),
});

const merge = (template: object) => ({ spec: { template: { spec: template } } });
const patch = fc.oneof(
  fc.record(
    {
      kind: fc.constant("NetworkPolicy"),
      role: fc.constant("network"),
      enabled: fc.boolean(),
      merge: fc.record({ metadata: fc.record({ annotations: fc.record({ "example.com/a": variable }) }) }),
    },
    { requiredKeys: ["kind", "merge"] },
  ),
  fc.record({
    kind: fc.constant("Deployment"),
    name: fc.constant("notes-backend"),
    merge: fc.constant(merge({ priorityClassName: "high", tolerations: null })),
  }),
  fc.record({
    kind: fc.constant("Deployment"),
    jsonPatch: fc.constant([
      { op: "test", path: "/kind", value: "Deployment" },
      { op: "add", path: "/metadata/annotations", value: { "example.com/a": "b" } },
      { op: "copy", from: "/metadata/annotations", path: "/spec/template/metadata/annotations" },
    ]),
  }),
);

const extraObject = fc.record(
  {
    object: fc.oneof(
      fc.record({
        apiVersion: fc.constant("v1"),
        kind: fc.constant("Secret"),
        stringData: fc.record({ a: variable }),
      }),
      // A kind that the judge's API server knows.
      fc.constant({
        apiVersion: "cert-manager.io/v1",
        kind: "Issuer",
        spec: { selfSigned: { crlDistributionPoints: ["http://${stack.name}.example.com"] } },
      }),
    ),
    after: fc.constant([]),
    before: fc.constant([]),
    wait: fc.boolean(),
    keep: fc.boolean(),
    clusterScoped: fc.constant(false),
    enabled: fc.boolean(),
  },
  { requiredKeys: ["object"] },
);
const some = fc.record({
  periodSeconds: fc.integer({ min: 1, max: 99 }),
  timeoutSeconds: fc.integer({ min: 1, max: 99 }),
  failureThreshold: fc.integer({ min: 1, max: 99 }),
  successThreshold: fc.constant(1),
  initialDelaySeconds: fc.nat(99),
});
const probed = fc.oneof(
  fc.record({
    httpGet: fc.record(
      {
        path: oneOf("/", "/healthz", "/a/b?deep=1&x=%20"),
        port: fc.constantFrom(80, 8000),
        scheme: oneOf("HTTP", "HTTPS"),
        httpHeaders: fc.constant({ Host: "a.example", "X-Id": "" }),
      },
      { requiredKeys: ["path"] },
    ),
  }),
  fc.record({ tcpSocket: fc.record({ port: fc.constantFrom(80, 8000) }, { requiredKeys: [] }) }),
  fc.record({ exec: fc.record({ command: words }) }),
  fc.record({
    grpc: fc.record(
      { port: fc.constantFrom(80, 8000), service: oneOf("liveness", "") },
      { requiredKeys: [] },
    ),
  }),
);
const probe = fc.tuple(probed, fc.option(some, { nil: {} })).map(([one, times]) => ({ ...one, ...times }));
const strategy = fc.oneof(
  fc.record({ type: fc.constant("Recreate") }),
  fc.record({
    type: fc.constant("RollingUpdate"),
    rollingUpdate: fc.record({ maxSurge: oneOf("1", "25%"), maxUnavailable: oneOf("0", "1", "50%") }),
  }),
);
const portOf = {
  port: fc.constantFrom(1024, 9000, 9090, 65535),
  protocol: oneOf("TCP", "UDP"),
  nodePort: fc.integer({ min: 30000, max: 32767 }),
};

/** By the end of the path; the first that fits counts. Keys of maps are `*`. */
const TABLE: [path: RegExp, arbitrary: fc.Arbitrary<unknown>][] = [
  [/\.env\.\*$/, variable],
  [/secrets\.\*\.value$/, fc.constant(OUTPUT)],
  [/^telemetry\.headers$/, variable],
  [/\.files\.\*$/, file],
  [/\.mounts\.\*$/, mount],
  [/tolerations\.\*$/, toleration],
  [/(labels|nodeSelector)\.\*$/, oneOf("", "web", "1.8.2", "A_b-c")],
  [/annotations\.\*$/, oneOf("", "any text, ü", "true")],
  [/serviceAccount\.name$/, oneOf("billing", "a.b-c")],
  [/rules\.\*$/, rule],
  [/^checks\.\*$/, fc.oneof(check, amountCheck)],
  [/^tasks\.\*\.after\.\*$/, oneOf("backend", "session", "cleanup")],
  [/waitFor\.\*$/, oneOf("postgres", "redis", "caches.session")],
  [/(^|\.)image$/, image],
  [/^patches\.\*$/, patch],
  [/^extraObjects\.\*$/, extraObject],
  [/build\.args\.\*$/, oneOf("1.2", "", "a b")],
  [/(?<!build)\.(command|args)$/, words],
  [
    /(^|\.)host$/,
    oneOf("notes.example.com", "a.b-c.example", "xn--bcher-kva.example", "localhost", "*.example.com"),
  ],
  [/redirectHosts\.\*$/, oneOf("www.notes.example.com", "old.example")],
  [/(sourceRanges|trustedProxies|controllerCidrs)\.\*$/, oneOf("203.0.113.0/24", "2001:db8::/32")],
  [/hiddenPaths\.\*$/, oneOf("/api/metrics", "/metrics", "/api/v1/x")],
  [/maxBodySize$/, oneOf("64Ki", "1.5Mi", "100M", "2Gi")],
  [/issuer\.kind$/, oneOf("ClusterIssuer", "Issuer", "AWSPCAIssuer")],
  [/cookieName$/, oneOf("session", "a.b_c-d")],
  [/(httpListener|httpsListener)$/, oneOf("web", "https")],
  [/^namespace$/, oneOf("shared", "team-a", "n")],
  [/registry$/, oneOf("ghcr.io/acme", "127.0.0.1:5000", "registry.example.com/a/b")],
  [/context$/, oneOf("./api", "web", ".", "../shared", "a b/ü")],
  [/dockerfile$/, oneOf("Dockerfile", "docker/api.Dockerfile")],
  [/target$/, oneOf("production", "build")],
  [/platform$/, oneOf("linux/amd64", "linux/arm64")],
  [/network$/, oneOf("host", "default")],
  [/requests\.cpu$/, milli(1, 900)],
  [/limits\.cpu$/, fc.oneof(oneOf("1", "2", "0.95", "1.5"), milli(900, 4000))],
  [/requests\.\w+$/, fc.oneof(mebi(1, 256), oneOf("100M", "1.5Mi", "10Mi"))],
  [/limits\.\w+$/, fc.oneof(mebi(256, 2048), sizes("Gi"), oneOf("1.5Gi", "2G", "1Ti"))],
  [/storage$/, fc.oneof(sizes("Gi"), oneOf("1.5Ti", "500Mi", "20G"))],
  [/storageClassName$/, oneOf("fast", "gp3-csi")],
  [/ingressClassName$/, oneOf("traefik", "nginx")],
  [/controllerNamespace$/, oneOf("kube-system", "ingress")],
  [/secretName$/, oneOf("notes-tls", "wildcard.example.com")],
  [
    /postgres\.url$/,
    oneOf("postgresql://notes@db.example.com:5432/notes?sslmode=require", "postgres://a@[::1]/b"),
  ],
  [/\.url$/, oneOf("redis://cache", "rediss://cache.example.com:6380")],
  [/\.(accessKeyId|secretAccessKey)$/, fc.record({ name: oneOf("backup-store"), key: oneOf("KEY", "a.b") })],
  [/\.(destinationPath)$/, oneOf("s3://acme-backups/notes", "gs://acme/notes")],
  [/parameters\.\*$/, oneOf("200", "256MB", "on", "some text")],
  [/^(postgres|redis|caches\.\*)\.host$/, oneOf("db.example.com", "10.1.2.3")],
  [/^(postgres|redis|caches\.\*)\.password$/, fc.constant(OUTPUT)],
  [/(database|user)$/, oneOf("notes", "_x", "app_1", "select")],
  [/runAsUser$/, fc.constantFrom(1, 999, 1000, 65534, 2147483647)],
  [/nodePort$/, fc.integer({ min: 30000, max: 32767 })],
  [/loadBalancerSourceRanges\.\*$/, oneOf("203.0.113.0/24", "::/0")],
  [/(livenessProbe|startupProbe)\.successThreshold$/, fc.constant(1)],
  [/Probe$/, probe],
  [/strategy$/, strategy],
  [/^(backend|frontend|\w+\.\*)\.ports\.\*$/, fc.record(portOf, { requiredKeys: ["port"] })],
  [/ort$/, fc.constantFrom(1024, 8000, 8080, 65535)],
  [/(httpGet\.path)$/, oneOf("/", "/healthz", "/a/b?deep=1&x=%20")],
  [/\.path$/, oneOf("/", "/api", "/api/v1", "/a/", "/%C3%BC", "/%20", "/a.b~c")],
  [/replicas$/, fc.constantFrom(0, 1, 2, 3, 10)],
  [/schedule$/, oneOf("30 2 * * *", "*/5 8-18 * * 1-5", "@daily", "0 0 1 1 *", "0 0 * * 7", "5 4 * * sun")],
  [/timeZone$/, oneOf("Europe/Berlin", "Etc/UTC", "UTC", "America/Argentina/Buenos_Aires")],
  [
    /enabled$/,
    fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  ],
  [/progressDeadlineSeconds$/, fc.integer({ min: 60, max: 3600 })],
  [/Seconds$/, fc.integer({ min: 0, max: 7200 })],
];

/** What may stand at a path, as far as its name tells. */
export function valueFor(path: string): fc.Arbitrary<unknown> | undefined {
  return TABLE.find(([ending]) => ending.test(path))?.[1];
}

/** The keys of the map at a path. */
export function keyFor(path: string): fc.Arbitrary<string> {
  if (/^checks$/.test(path)) return oneOf("backend.replicas", "redis.storage", "frontend.port");
  if (/env$/.test(path)) return oneOf("DATABASE_URL", "REDIS_URL", "A", "_b", "Path", "A1", "LOG_LEVEL");
  if (/build\.args$/.test(path)) return oneOf("VERSION", "COMMIT");
  if (/parameters$/.test(path)) return oneOf("max_connections", "work_mem", "jit", "auto_explain.log_format");
  if (/\.ports$/.test(path)) return oneOf("metrics", "grpc-web", "a1");
  if (/files$/.test(path)) return oneOf("/app/settings.js", "/etc/a b/ü.conf", "/.env", "/tmp/..x");
  if (/mounts$/.test(path)) return oneOf("/tmp", "/app/uploads", "/tmp/zip", "/dev/shm", "/Ü");
  if (/(labels|annotations|nodeSelector)$/.test(path)) return oneOf("team", "example.com/a_b", "A.b");
  if (/secretNames$/.test(path)) return oneOf("notes.example.com", "localhost");
  return oneOf("a", "celery", "beat", "mail-out", "session", "admin", "b2", "cleanup");
}
