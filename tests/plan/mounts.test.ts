// Files, volumes and empty folders: what is mounted where, and who may write it.

import assert from "node:assert/strict";
import type { ConfigMap, PersistentVolumeClaim, PodSpec, Secret } from "kubernetes-types/core/v1";
import { stackObjects } from "../../src/objects/objects";
import { fill } from "../../src/objects/stack-object";
import { planStack } from "../../src/plan/plan";
import { sampleArgs } from "../sample";
import { backend, type Change, filesOf, stack, tells } from "./mistake-table";

const FILES = {
  "config/settings.js": "window.api = '${postgres.url}'\n",
  "logo.png": Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]),
  "large.txt": "x".repeat(2 ** 20 + 1),
};

const objectsOf = (change: Change, stackName = "dev") => {
  const { plan, problems } = planStack(
    { name: "notes", stack: stackName, readFile: filesOf(FILES) },
    change(sampleArgs()),
  );
  assert.deepEqual(problems, []);
  // Texts with holes as they would look with a mark for each hole; and no key without a value, as in JSON.
  const objects = stackObjects(plan).map(({ object, ...rest }) => ({
    ...rest,
    object: JSON.parse(
      JSON.stringify(
        fill(object, ({ parts }) =>
          parts.map((part) => (typeof part === "string" ? part : `<${part.hole}>`)).join(""),
        ),
      ),
    ),
  }));
  const byId = <T>(id: string) => objects.find((candidate) => candidate.id === id)?.object as T | undefined;
  const podOf = (id: string) =>
    byId<{ spec: { template: { spec: PodSpec } } }>(id)?.spec.template.spec as PodSpec;
  return { plan, objects, byId, podOf };
};

const mountsOf = ({ containers }: PodSpec) => containers[0]?.volumeMounts ?? [];

describe("A file", () => {
  const files = {
    "/app/settings.js": { source: "config/settings.js" },
    "/app/static/logo.png": { source: "logo.png" },
    "/app/bin/start": { content: "#!/bin/sh\necho ${stack.name} $${HOME}\n", mode: "0755" },
    "/app/database.ini": { content: "url=${postgres.url}\n" },
  };

  it("that is plain lies in a ConfigMap, one with a secret in a Secret, and each is mounted by itself", () => {
    const { byId, podOf } = objectsOf(backend({ files }));
    const configMap = byId<ConfigMap>("backend-files");
    assert.deepEqual(configMap?.data, {
      "app_settings.js": "window.api = '${postgres.url}'\n",
      app_bin_start: "#!/bin/sh\necho dev ${HOME}\n",
    });
    assert.deepEqual(configMap?.binaryData, { "app_static_logo.png": "iVBOR/8=" });
    assert.deepEqual(byId<Secret>("backend-secret-files")?.stringData, {
      "app_database.ini": "url=postgresql://notes:<generated>@notes-postgres:5432/notes\n",
    });
    for (const id of ["backend-files", "backend-secret-files"]) {
      assert.equal(byId<ConfigMap>(id)?.metadata?.name, undefined, "a change must make a new name");
    }
    const pod = podOf("backend");
    assert.deepEqual(mountsOf(pod).slice(1), [
      { name: "files", mountPath: "/app/settings.js", subPath: "app_settings.js", readOnly: true },
      { name: "files", mountPath: "/app/static/logo.png", subPath: "app_static_logo.png", readOnly: true },
      { name: "files", mountPath: "/app/bin/start", subPath: "app_bin_start", readOnly: true },
      { name: "secret-files", mountPath: "/app/database.ini", subPath: "app_database.ini", readOnly: true },
    ]);
    assert.deepEqual(pod.volumes?.find(({ name }) => name === "files")?.configMap?.items?.[2], {
      key: "app_bin_start",
      path: "app_bin_start",
      mode: 0o755,
    });
  });

  it("makes an edge out of each reference in its content, and none out of what its source holds", () => {
    const { plan } = objectsOf(backend({ env: {}, files }));
    assert.deepEqual(
      plan.edges.filter(({ from }) => from === "backend"),
      [{ from: "backend", to: "postgres" }],
    );
    const { plan: without } = objectsOf(
      backend({ env: {}, files: { "/app/settings.js": { source: "config/settings.js" } } }),
    );
    assert.deepEqual(
      without.edges.filter(({ from }) => from === "backend"),
      [],
    );
  });

  it("of the backend's is one of each worker's that runs its image, unless that takes it away", () => {
    const { plan } = objectsOf((args) => ({
      ...args,
      backend: { ...args.backend, files },
      workers: {
        mail: {
          command: ["work"],
          files: {
            "/app/settings.js": null,
            "/app/database.ini": { content: "none" },
            "/mail": { content: "" },
          },
        },
        other: { image: "other:1" },
      },
    }));
    const paths = (role: string) =>
      plan.processes.find(({ id }) => id === role)?.files.map(({ path }) => path);
    assert.deepEqual(paths("mail"), ["/app/static/logo.png", "/app/bin/start", "/app/database.ini", "/mail"]);
    assert.deepEqual(paths("other"), []);
    assert.equal(plan.processes.find(({ id }) => id === "mail")?.files[2]?.secret, false);
  });

  it("that not everybody may read gets the pod a group to read it by, and one for everybody none", () => {
    const group = (mode: string) =>
      objectsOf(backend({ files: { "/key": { content: "k", mode } } })).podOf("backend").securityContext
        ?.fsGroup;
    assert.equal(group("0400"), 10001);
    assert.equal(group("0444"), undefined);
  });

  it("has a key of its own, whatever the paths look like", () => {
    const { plan } = objectsOf(
      backend({ files: { "/a/b": { content: "1" }, "/a_b": { content: "2" }, "/..data": { content: "3" } } }),
    );
    assert.deepEqual(
      plan.processes[0]?.files.map(({ key }) => key),
      ["a_b", "a_b-2", "_data"],
    );
  });
});

describe("A volume", () => {
  const uploads = { "/app/uploads": { volume: "uploads" } };

  it("is a claim that is kept, grows in place, and is there before the process", () => {
    const { objects, byId, podOf } = objectsOf((args) => ({
      ...args,
      volumes: { uploads: { storage: "50Gi" } },
      backend: { ...args.backend, mounts: uploads },
    }));
    const claim = objects.find(({ id }) => id === "uploads-volume");
    assert.equal(claim?.keep, true);
    assert.deepEqual(byId<PersistentVolumeClaim>("uploads-volume")?.spec, {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "50Gi" } },
    });
    assert.equal(byId<PersistentVolumeClaim>("uploads-volume")?.metadata?.name, "notes-uploads");
    assert.ok(objects.find(({ id }) => id === "backend")?.after.includes("uploads-volume"));
    assert.deepEqual(podOf("backend").volumes?.[0], {
      name: "uploads",
      persistentVolumeClaim: { claimName: "notes-uploads" },
    });
    assert.deepEqual(mountsOf(podOf("backend"))[0], { name: "uploads", mountPath: "/app/uploads" });
  });

  it("has the tier's size where none is given", () => {
    const size = (stackName: string) =>
      objectsOf(stack({ volumes: { uploads: {} } }), stackName).plan.volumes[0]?.claim?.storage;
    assert.deepEqual([size("dev"), size("acc"), size("prod")], ["1Gi", "5Gi", "10Gi"]);
  });

  it("for one pod makes its process stop before the new one starts; a shared one doesn't", () => {
    const strategy = (accessModes: string[]) =>
      objectsOf((args) => ({
        ...args,
        volumes: { uploads: { accessModes } },
        backend: { ...args.backend, mounts: uploads },
      })).byId<{ spec: { strategy: { type: string } } }>("backend")?.spec.strategy.type;
    assert.equal(strategy(["ReadWriteOnce"]), "Recreate");
    assert.equal(strategy(["ReadWriteMany"]), "RollingUpdate");
  });

  it("belongs to one group in all roles, so that each can write what another wrote", () => {
    const { podOf } = objectsOf((args) => ({
      ...args,
      volumes: { uploads: { accessModes: ["ReadWriteMany"] } },
      backend: { ...args.backend, runAsUser: 1001, mounts: uploads },
      services: { files: { image: "files:1", runAsUser: 1002, mounts: uploads } },
    }));
    for (const role of ["backend", "files"]) {
      assert.equal(podOf(role).securityContext?.fsGroup, 10001);
      assert.equal(podOf(role).securityContext?.fsGroupChangePolicy, "OnRootMismatch");
    }
    assert.equal(podOf("frontend").securityContext?.fsGroup, undefined);
  });

  it("that exists already is mounted, and no claim is made", () => {
    const { objects, podOf } = objectsOf((args) => ({
      ...args,
      volumes: { archive: { claimName: "archive-2019", accessModes: ["ReadOnlyMany"] } },
      backend: {
        ...args.backend,
        replicas: 3,
        mounts: { "/archive": { volume: "archive", readOnly: true, subPath: "scans" } },
      },
    }));
    assert.ok(!objects.some(({ id }) => id === "archive-volume"));
    assert.deepEqual(podOf("backend").volumes?.[0]?.persistentVolumeClaim, { claimName: "archive-2019" });
    assert.deepEqual(mountsOf(podOf("backend"))[0], {
      name: "archive",
      mountPath: "/archive",
      subPath: "scans",
      readOnly: true,
    });
  });

  it("mounted at two paths is one volume of the pod", () => {
    const { podOf } = objectsOf((args) => ({
      ...args,
      volumes: { data: {} },
      backend: {
        ...args.backend,
        mounts: { "/a": { volume: "data", subPath: "a" }, "/b": { volume: "data", subPath: "b" } },
      },
    }));
    assert.deepEqual(
      podOf("backend").volumes?.map(({ name }) => name),
      ["data", "tmp"],
    );
    assert.deepEqual(
      mountsOf(podOf("backend")).map(({ name }) => name),
      ["data", "data", "tmp"],
    );
  });
});

describe("An empty folder", () => {
  const mounts = (mounts: object, limits?: object) =>
    backend({ mounts, ...(limits && { resources: { limits } }) });
  const empty = (sizeLimit?: string, medium?: string) => ({
    emptyDir: { ...(sizeLimit && { sizeLimit }), ...(medium && { medium }) },
  });
  const limits = (change: Change) => objectsOf(change).plan.processes[0]?.resources.limits;

  it("is what /tmp is, unless something else is mounted there", () => {
    const plain = objectsOf(backend({}));
    assert.deepEqual(plain.podOf("backend").volumes, [{ name: "tmp", emptyDir: {} }]);
    const own = objectsOf(mounts({ "/tmp": empty("2Gi") }));
    assert.deepEqual(own.podOf("backend").volumes, [{ name: "tmp", emptyDir: { sizeLimit: "2Gi" } }]);
    assert.equal(mountsOf(own.podOf("backend")).length, 1);
  });

  it("is added to a default limit, on disk or in memory", () => {
    assert.deepEqual(limits(backend({})), { memory: "512Mi", ephemeralStorage: "1Gi" });
    assert.deepEqual(limits(mounts({ "/zip": empty("2Gi"), "/dev/shm": empty("256Mi", "Memory") })), {
      memory: "768Mi",
      ephemeralStorage: "3072Mi",
    });
  });

  it("fits exactly into a limit of the user's on disk", () => {
    assert.equal(
      limits(mounts({ "/zip": empty("2Gi") }, { ephemeralStorage: "2Gi" }))?.ephemeralStorage,
      "2Gi",
    );
  });
});

describe("An existing Secret or ConfigMap", () => {
  it("is mounted read-only", () => {
    const { podOf } = objectsOf(
      backend({
        mounts: {
          "/tls": { secret: { name: "db-ca" } },
          "/flags": { configMap: { name: "flags", optional: true } },
        },
      }),
    );
    const pod = podOf("backend");
    assert.deepEqual(pod.volumes?.slice(0, 2), [
      { name: "tls", secret: { secretName: "db-ca" } },
      { name: "flags", configMap: { name: "flags", optional: true } },
    ]);
    assert.deepEqual(mountsOf(pod)[0], { name: "tls", mountPath: "/tls", readOnly: true });
  });
});

describe("A mistake in files and mounts is told with its path and remedy", () => {
  const files = (files: object) => backend({ files });
  const mounts = (mounts: object, more: object = {}) => backend({ mounts, ...more });
  const volume =
    (volumes: object, more: object, rest: object = {}): Change =>
    (args) => ({ ...args, volumes, backend: { ...args.backend, ...more }, ...rest });
  const uploads = { "/uploads": { volume: "uploads" } };

  tells(
    [
      ["a relative path", files({ "app/x": { content: "" } }), 'backend.files["app/x"]', /`\/app\/x`/],
      [
        "a path with a detour",
        files({ "/app//x": { content: "" } }),
        'backend.files["/app//x"]',
        /`\/app\/x`/,
      ],
      [
        "a file in the place of a folder",
        files({ "/": { content: "" } }),
        'backend.files["/"]',
        /whole image/,
      ],
      ["a file of the kernel's", files({ "/proc/x": { content: "" } }), 'backend.files["/proc/x"]', /kernel/],
      ["a path with a colon", mounts({ "/a:b": { emptyDir: {} } }), 'backend.mounts["/a:b"]', /`:`/],
      ["a file without content", files({ "/x": {} }), 'backend.files["/x"]', /neither/],
      [
        "a file with two contents",
        files({ "/x": { content: "", source: "a" } }),
        'backend.files["/x"]',
        /both/,
      ],
      [
        "a source that isn't there",
        files({ "/x": { source: "no" } }),
        'backend.files["/x"].source',
        /isn't there/,
      ],
      [
        "a mode that isn't octal",
        files({ "/x": { content: "", mode: "0888" } }),
        'backend.files["/x"].mode',
        /octal/,
      ],
      [
        "a mode without quotes",
        files({ "/x": { content: "", mode: 644 } }),
        'backend.files["/x"].mode',
        /in quotes/,
      ],
      [
        "a secret that only Kubernetes knows",
        (args) => ({
          ...args,
          secrets: { ...args.secrets, smtp: { secretKeyRef: { name: "smtp", key: "password" } } },
          backend: { ...args.backend, files: { "/x": { content: "password=${secrets.smtp}" } } },
        }),
        'backend.files["/x"].content',
        /mounts:.*secret:/s,
      ],
      [
        "a reference to nothing",
        files({ "/x": { content: "${postgress.url}" } }),
        'backend.files["/x"].content',
        /did you mean `postgres`/,
      ],
      [
        "more than Kubernetes takes",
        files({ "/x": { source: "large.txt" } }),
        "backend.files",
        /1048577 bytes.*1048576/s,
      ],
      [
        "a file in a file",
        files({ "/a": { content: "" }, "/a/b": { content: "" } }),
        'backend.files["/a/b"]',
        /\/a, which is a file/,
      ],
      [
        "a folder in the place of a file",
        backend({ files: { "/a": { content: "" } }, mounts: { "/a": { emptyDir: {} } } }),
        'backend.mounts["/a"]',
        /backend\.files has already/,
      ],
      [
        "a file in what can't be written",
        backend({ files: { "/tls/x": { content: "" } }, mounts: { "/tls": { secret: { name: "tls" } } } }),
        'backend.files["/tls/x"]',
        /read-only/,
      ],
      ["a file taken away that isn't there", files({ "/x": null }), 'backend.files["/x"]', /null/],
      ["a mount of nothing", mounts({ "/x": {} }), 'backend.mounts["/x"]', /mounts nothing.*emptyDir/s],
      ["a mount left empty", mounts({ "/x": null }), 'backend.mounts["/x"]', /null.*emptyDir/s],
      [
        "a mount of two things",
        mounts({ "/x": { emptyDir: {}, secret: { name: "x" } } }),
        'backend.mounts["/x"]',
        /emptyDir and secret/,
      ],
      [
        "a volume with a slip in its name",
        volume({ uploads: {} }, { mounts: { "/x": { volume: "upload" } } }),
        'backend.mounts["/x"].volume',
        /did you mean `uploads`/,
      ],
      [
        "a volume that isn't there",
        mounts({ "/x": { volume: "uploads" } }),
        'backend.mounts["/x"].volume',
        /volumes: \{ uploads: \{\} \}/,
      ],
      [
        "a folder outside of its volume",
        volume({ uploads: {} }, { mounts: { "/x": { volume: "uploads", subPath: "../etc" } } }),
        'backend.mounts["/x"].subPath',
        /`etc`/,
      ],
      [
        "a Secret to be written",
        mounts({ "/x": { secret: { name: "x" }, readOnly: false } }),
        'backend.mounts["/x"].readOnly',
        /can't be written/,
      ],
      [
        "a Secret whose name can't be",
        mounts({ "/x": { secret: { name: "X" } } }),
        'backend.mounts["/x"].secret.name',
        /kubectl get/,
      ],
      [
        "an empty folder of no size",
        mounts({ "/x": { emptyDir: { sizeLimit: "2G i" } } }),
        'backend.mounts["/x"].emptyDir.sizeLimit',
        /`2Gi`/,
      ],
      [
        "an empty folder larger than the limit on disk",
        mounts(
          { "/x": { emptyDir: { sizeLimit: "2Gi" } }, "/y": { emptyDir: { sizeLimit: "1Gi" } } },
          { resources: { limits: { ephemeralStorage: "2Gi" } } },
        ),
        "backend.resources.limits.ephemeralStorage",
        /3072Mi.*evicted/s,
      ],
      [
        "an empty folder in memory as large as the limit",
        mounts(
          { "/x": { emptyDir: { sizeLimit: "1Gi", medium: "Memory" } } },
          { resources: { limits: { memory: "1Gi" } } },
        ),
        "backend.resources.limits.memory",
        /killed/,
      ],
      [
        "a volume for one pod in several",
        volume({ uploads: {} }, { mounts: uploads, replicas: 2 }),
        'backend.mounts["/uploads"]',
        /2 pods of backend.*ReadWriteMany.*`replicas: 1` in backend/s,
      ],
      [
        "a volume for one pod in the several of prod",
        volume({ uploads: {} }, { mounts: uploads }),
        'backend.mounts["/uploads"]',
        /3 pods of backend/,
        "prod",
      ],
      [
        "a volume for one pod in two roles",
        volume(
          { uploads: {} },
          { mounts: uploads },
          { workers: { mail: { command: ["work"], mounts: uploads } } },
        ),
        'workers.mail.mounts["/uploads"]',
        /backend too.*volumes\.uploads\.accessModes/s,
      ],
      [
        "two groups for one volume",
        volume(
          { uploads: { accessModes: ["ReadWriteMany"] } },
          { mounts: uploads },
          { workers: { mail: { command: ["work"], mounts: uploads, fsGroup: 7 } } },
        ),
        "workers.mail.fsGroup",
        /backend has \(10001\)/,
      ],
      [
        "writing what can only be read",
        volume({ uploads: { accessModes: ["ReadOnlyMany"] } }, { mounts: uploads }),
        'backend.mounts["/uploads"].volume',
        /readOnly: true/,
      ],
      [
        "the size of an existing claim",
        stack({ volumes: { uploads: { claimName: "x", storage: "1Gi" } } }),
        "volumes.uploads.storage",
        /claim x/,
      ],
      [
        "a claim's impossible name",
        stack({ volumes: { uploads: { claimName: "X" } } }),
        "volumes.uploads.claimName",
        /kubectl/,
      ],
      [
        "a volume of the database's name",
        stack({ volumes: { postgres: {} } }),
        "volumes.postgres",
        /already/,
      ],
      [
        "a volume that is no DNS label",
        stack({ volumes: { Up_loads: {} } }),
        "volumes.Up_loads",
        /`up-loads`/,
      ],
      [
        "a volume's size in thousandths",
        stack({ volumes: { uploads: { storage: "5m" } } }),
        "volumes.uploads.storage",
        /`5Mi`/,
      ],
      [
        "no access mode",
        stack({ volumes: { uploads: { accessModes: [] } } }),
        "volumes.uploads.accessModes",
        /empty/,
      ],
      [
        "an access mode with a slip",
        stack({ volumes: { uploads: { accessModes: ["ReadWriteMay"] } } }),
        "volumes.uploads.accessModes[0]",
        /did you mean `ReadWriteMany`/,
      ],
      ["a group below 0", backend({ fsGroup: -1 }), "backend.fsGroup", /0 or above/],
      [
        "half a group",
        backend({ supplementalGroups: [1.5] }),
        "backend.supplementalGroups[0]",
        /whole number/,
      ],
    ],
    [
      [
        "a file in a volume",
        volume({ uploads: {} }, { mounts: uploads, files: { "/uploads/x": { content: "" } } }),
      ],
      [
        "a size without a suffix, for YAML reads digits as a number",
        volume({ uploads: { storage: 10737418240 } }, {}),
      ],
      ["root's group, which images for OpenShift use", backend({ runAsGroup: 0 })],
      ["memory that is shared", mounts({ "/dev/shm": { emptyDir: { medium: "Memory" } } })],
    ],
    filesOf(FILES),
  );
});
