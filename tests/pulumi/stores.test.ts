// External databases under Pulumi's mocks: a URL that only the deployment knows, taken apart where it is needed.

import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { sampleArgs } from "../sample";
import { deploy, ofType, secretValue } from "./mocks";

const withUrl = (url: pulumi.Input<string>): ServiceStackArgs => ({
  ...sampleArgs(),
  postgres: { mode: "external", url },
  backend: {
    ...sampleArgs().backend,
    env: { DATABASE_URL: "${postgres.url:asyncpg}", PGPASSWORD: "${postgres.password}" },
  },
});

describe("An external database under mocks", function () {
  this.timeout(20_000);

  it("is reached by what its encrypted URL says", async () => {
    const url = pulumi.secret("postgres://app:p%40ss%2Fw@db.example.com:6432/notes");
    const { registered } = await deploy("dev", { args: withUrl(url) });
    const [secret] = ofType(registered, "kubernetes:core/v1:Secret").filter(
      ({ name }) => name === "notes-backend-env",
    );
    assert.deepEqual(secretValue(secret?.inputs.stringData), {
      DATABASE_URL: "postgresql+asyncpg://app:p%40ss%2Fw@db.example.com:6432/notes",
      PGPASSWORD: "p@ss/w",
    });
    const [policy] = ofType(registered, "kubernetes:networking.k8s.io/v1:NetworkPolicy").filter(
      ({ name }) => name === "notes-backend-network",
    );
    // A number, in clear text.
    assert.match(JSON.stringify(policy?.inputs), /"ports":\[\{"port":6432,"protocol":"TCP"\}\]/);
    assert.equal(ofType(registered, "kubernetes:apps/v1:StatefulSet").length, 1);
  });

  it("goes through a preview in which its URL is not known yet", async () => {
    const unknown = new (pulumi.Output as never as new (...args: unknown[]) => pulumi.Output<string>)(
      new Set(),
      Promise.resolve(undefined),
      Promise.resolve(false),
      Promise.resolve(true),
      Promise.resolve(new Set()),
    );
    const { registered } = await deploy("dev", { args: withUrl(unknown), dryRun: true });
    assert.ok(ofType(registered, "kubernetes:apps/v1:Deployment").length === 2);
  });
});
