// Strategic merge patches, by Kubernetes' own rules.

import assert from "node:assert/strict";
import { mergePatch } from "../../src/objects/merge-patch";
import type { Problem } from "../../src/schema/problem";

const merged = (target: object, patch: Record<string, unknown>, type = "core.v1.PodSpec") => {
  const problems: Problem[] = [];
  return { result: mergePatch("p", target, patch, type, problems), problems };
};

const pod = {
  dnsPolicy: "Default",
  containers: [
    {
      name: "a",
      image: "a:1",
      env: [{ name: "X", value: "1" }],
      ports: [{ containerPort: 80, name: "http" }],
    },
    { name: "b", image: "b:1", args: ["one", "two"] },
  ],
  tolerations: [{ key: "x" }],
};

describe("A strategic merge patch", () => {
  for (const [title, patch, expected] of [
    [
      "merges maps, and takes away by null",
      { dnsPolicy: null, hostname: "h" },
      { ...pod, dnsPolicy: undefined, hostname: "h" },
    ],
    [
      "finds a container by its name, and a variable by its own",
      {
        containers: [
          {
            name: "a",
            env: [
              { name: "Y", value: "2" },
              { name: "X", value: "3" },
            ],
          },
        ],
      },
      {
        ...pod,
        containers: [
          {
            ...pod.containers[0],
            env: [
              { name: "X", value: "3" },
              { name: "Y", value: "2" },
            ],
          },
          pod.containers[1],
        ],
      },
    ],
    [
      "finds a port by its number",
      { containers: [{ name: "a", ports: [{ containerPort: 80, protocol: "TCP" }] }] },
      {
        ...pod,
        containers: [
          { ...pod.containers[0], ports: [{ containerPort: 80, name: "http", protocol: "TCP" }] },
          pod.containers[1],
        ],
      },
    ],
    [
      "adds what has a new name",
      { containers: [{ name: "c", image: "c:1" }] },
      { ...pod, containers: [...pod.containers, { name: "c", image: "c:1" }] },
    ],
    [
      "takes an item away",
      { containers: [{ name: "a", $patch: "delete" }] },
      { ...pod, containers: [pod.containers[1]] },
    ],
    [
      "replaces a list where it says so",
      { containers: [{ $patch: "replace" }, { name: "c", image: "c:1" }] },
      { ...pod, containers: [{ name: "c", image: "c:1" }] },
    ],
    [
      "replaces lists without names",
      { tolerations: [{ key: "y" }], containers: [{ name: "b", args: ["three"] }] },
      {
        ...pod,
        tolerations: [{ key: "y" }],
        containers: [pod.containers[0], { ...pod.containers[1], args: ["three"] }],
      },
    ],
    [
      "replaces a map where it says so",
      { securityContext: { $patch: "replace", runAsUser: 1 } },
      { ...pod, securityContext: { runAsUser: 1 } },
    ],
  ] as const) {
    it(title, () => {
      const before = JSON.stringify(pod);
      const { result, problems } = merged(pod, patch);
      assert.deepEqual(problems, []);
      assert.deepEqual(JSON.parse(JSON.stringify(result)), JSON.parse(JSON.stringify(expected)));
      assert.equal(JSON.stringify(pod), before, "what is patched stays as it was");
    });
  }

  it("replaces all lists of kinds that are not Kubernetes' own", () => {
    const { result } = merged(
      { spec: { containers: [{ name: "a" }] } },
      { spec: { containers: [{ name: "b" }] } },
      "*",
    );
    assert.deepEqual(result, { spec: { containers: [{ name: "b" }] } });
  });

  for (const [title, patch, path, said] of [
    ["a container without a name", { containers: [{ image: "x" }] }, "p.containers[0].name", /told apart/],
    [
      "a container that isn't there",
      { containers: [{ name: "aa" }] },
      "p.containers[0].name",
      /not there.*`a`/s,
    ],
    [
      "the deletion of what isn't there",
      { volumes: [{ name: "v", $patch: "delete" }] },
      "p.volumes[0].name",
      /not there to be deleted/,
    ],
    [
      "a directive that isn't one",
      { securityContext: { $patch: "remove" } },
      "p.securityContext.$patch",
      /`delete`/,
    ],
  ] as const) {
    it(`refuses ${title}`, () => {
      const [problem] = merged(pod, patch).problems;
      assert.equal(problem?.path.replace('["$patch"]', ".$patch"), path);
      assert.match(`${problem?.reason} ${problem?.remedy}`, said);
    });
  }
});
