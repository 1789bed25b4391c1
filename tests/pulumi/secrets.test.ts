// Secrets under Pulumi's mocks: generated in each format, encoded in URLs, taken from the configuration.

import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { sampleArgs } from "../sample";
import { deploy, ofType, secretValue } from "./mocks";

async function environment(
  env: Record<string, pulumi.Input<string>>,
  more: object = {},
  options: { config?: Record<string, string>; secretKeys?: string[] } = {},
) {
  const args = { ...sampleArgs(), ...more };
  const { registered } = await deploy("dev", {
    args: { ...args, backend: { ...args.backend, env } },
    ...options,
  });
  const [secret] = ofType(registered, "kubernetes:core/v1:Secret").filter(
    ({ name }) => name === "notes-backend-env",
  );
  return { registered, values: (secretValue(secret?.inputs.stringData) ?? {}) as Record<string, string> };
}

describe("Secrets under mocks", function () {
  this.timeout(20_000);

  it("are generated as bytes in the format that is asked for", async () => {
    const { registered, values } = await environment(
      { HEX: "${secrets.hex}", B64: "${secrets.b64}", URL: "${secrets.url}" },
      {
        secrets: {
          hex: { format: "hex", length: 16 },
          b64: { format: "base64" },
          url: { format: "base64url" },
        },
      },
    );
    const passwords = ofType(registered, "random:index/randomPassword:RandomPassword");
    const hex = passwords.find(({ name }) => name === "notes-secret-hex");
    const { length, overrideSpecial } = { ...hex?.inputs } as { length?: number; overrideSpecial?: string };
    assert.deepEqual([length, overrideSpecial], [32, "abcdef"]);
    // What the mocks generate for bytes: the digits fb ff fe.
    assert.deepEqual(values, { HEX: "fbfffe", B64: "+//+", URL: "-__-" });
  });

  it("given by the user are raw by themselves, and encoded where a URL wants it", async () => {
    const { values } = await environment(
      { RAW: "${secrets.smtp}", URL: "smtp://me:${secrets.smtp:urlencoded}@mail" },
      { secrets: { smtp: { value: pulumi.secret("p@ss:w/rd%") } } },
    );
    assert.deepEqual(values, { RAW: "p@ss:w/rd%", URL: "smtp://me:p%40ss%3Aw%2Frd%25@mail" });
  });

  it("are taken from the project's configuration, and what isn't encrypted stays plain", async () => {
    const { registered, values } = await environment(
      { TOKEN: "${config.token}", LEVEL: "${config.level}" },
      {},
      { config: { "notes:token": "t0ken", "notes:level": "info" }, secretKeys: ["notes:token"] },
    );
    assert.deepEqual(values, { TOKEN: "t0ken" });
    const [backend] = ofType(registered, "kubernetes:apps/v1:Deployment").filter(
      ({ name }) => name === "notes-backend",
    );
    assert.match(JSON.stringify(backend?.inputs), /"LEVEL","value":"info"/);
    assert.ok(!JSON.stringify(backend?.inputs).includes("t0ken"));
  });
});
