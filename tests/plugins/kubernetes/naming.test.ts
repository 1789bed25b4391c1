// Names, normal forms and quantities: small facts that every operation relies on.
import { strict as assert } from "node:assert";
import { check } from "../../../local/plugins/kubernetes/check";
import { uniqueName } from "../../../local/plugins/kubernetes/naming";
import { type Fields, fields } from "../../../local/plugins/kubernetes/object";
import { toObject } from "../../../local/plugins/kubernetes/properties";
import { canonicalQuantity } from "../../../local/plugins/kubernetes/quantity";
import { states } from "./recordings";
import { offlineSession } from "./session";

const urn = (token: string, name = "web") => `urn:pulumi:dev::notes::${token}::${name}`;
const seed = new Uint8Array([7]);
const secret = (value: unknown) =>
  ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value }) as Fields;
const checked = async (token: string, news: Fields, olds: Fields = {}) =>
  check(offlineSession({ namespace: "notes" }), urn(token), olds, news, seed);

describe("a name that the program doesn't give", () => {
  it("is the logical name and eight hexadecimal digits, the same for the same seed", () => {
    assert.match(uniqueName("web-", seed), /^web-[0-9a-f]{8}$/);
    assert.equal(uniqueName("web-", seed), uniqueName("web-", seed));
    assert.notEqual(uniqueName("web-", seed), uniqueName("web-", new Uint8Array([8])));
  });

  it("is marked, and the object goes into the provider's namespace", async () => {
    const { inputs } = await checked("kubernetes:core/v1:ConfigMap", { apiVersion: "v1", kind: "ConfigMap" });
    const { metadata } = toObject(inputs);
    assert.equal(metadata.namespace, "notes");
    assert.deepEqual(metadata.annotations, { "pulumi.com/autonamed": "true" });
  });

  it("follows the engine's own rule for names where the project has one", async () => {
    const session = offlineSession();
    const wish = { disabled: false, proposed: "notes-web" };
    const news = { apiVersion: "v1", kind: "ConfigMap" };
    const { inputs } = await check(session, urn("kubernetes:core/v1:ConfigMap"), {}, news, seed, wish);
    assert.equal(toObject(inputs).metadata.name, "notes-web");
    const none = check(session, urn("kubernetes:core/v1:ConfigMap"), {}, news, seed, {
      disabled: true,
      proposed: "",
    });
    await assert.rejects(none, /requires the \.metadata\.name field/);
  });
});

describe("arguments that can't be an object's", () => {
  it("are refused with their path: a label that is a number", async () => {
    const metadata = { labels: { tier: 3 } };
    const { failures } = await checked("kubernetes:core/v1:ConfigMap", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
    });
    assert.deepEqual(failures, [
      { property: 'metadata.labels["tier"]', reason: "must be a string, not a number" },
    ]);
  });

  it("are refused: a Patch resource without a name", async () => {
    const news = { apiVersion: "v1", kind: "Namespace" };
    await assert.rejects(
      checked("kubernetes:core/v1:NamespacePatch", news),
      /require the `\.metadata\.name` field/,
    );
  });

  it("are refused: generateName, and a chart", async () => {
    const news = { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "x-" } };
    await assert.rejects(checked("kubernetes:core/v1:ConfigMap", news), /generateName/);
    await assert.rejects(
      checked("kubernetes:helm.sh/v3:Release", {}),
      /doesn't support kubernetes:helm.sh\/v3:Release/,
    );
  });
});

describe("a Secret", () => {
  it("has its stringData encoded into data and all of it marked secret, as recorded", async () => {
    const news = { apiVersion: "v1", kind: "Secret", stringData: { a: "1" } };
    const { inputs } = await checked("kubernetes:core/v1:Secret", news);
    const recorded = fields(states["kubernetes:core/v1:Secret"]?.inputs);
    assert.deepEqual(inputs.data, secret({ a: "MQ==" }));
    assert.deepEqual(Object.keys(inputs).sort(), Object.keys(recorded).sort());
  });

  it("stays a secret as an environment variable too", async () => {
    const container = { name: "c", env: [{ name: "KEY", value: secret("hidden") }] };
    const news = { apiVersion: "v1", kind: "Pod", spec: { containers: [container] } };
    const { inputs } = await checked("kubernetes:core/v1:Pod", news as Fields);
    assert.equal(
      JSON.stringify(fields(inputs, "spec").containers).startsWith('{"4dabf18193072939515e22adb298388d"'),
      true,
    );
  });
});

describe("a quantity", () => {
  const forms: [string | number, string][] = [
    ["0.5", "500m"],
    ["1000m", "1"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["1000", "1k"],
    ["100", "100"],
    [2, "2"],
    ["1e3", "1e3"],
    ["much", "much"],
  ];
  for (const [given, written] of forms) {
    it(`${given} is written ${written}`, () => assert.equal(canonicalQuantity(given), written));
  }
});
