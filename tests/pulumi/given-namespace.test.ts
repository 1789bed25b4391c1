// Whose a given namespace is, as its labels say.

import assert from "node:assert/strict";
import { planStack } from "../../src/plan/plan";
import { otherOwner } from "../../src/pulumi/given-namespace";
import { sampleArgs } from "../sample";

describe("A given namespace", () => {
  const args = { ...sampleArgs(), createNamespace: false, namespace: "team-a" };
  const { plan } = planStack({ name: "notes", stack: "dev" }, args);
  const owner = (tier: string, name: string) =>
    otherOwner(plan, { "service-stack.dev/tier": tier, "app.kubernetes.io/part-of": name });

  it("is refused where it belongs to another tier, or to another product", () => {
    assert.match(owner("prod", "notes") ?? "", /team-a belongs to "notes" in prod.*"notes" in dev/);
    assert.match(owner("dev", "shop") ?? "", /belongs to "shop" in dev/);
  });

  it("is taken where it is this stack's own, or nobody's", () => {
    assert.equal(owner("dev", "notes"), undefined);
    assert.equal(otherOwner(plan, {}), undefined);
    assert.equal(otherOwner(plan, { "app.kubernetes.io/part-of": "the-platform", team: "a" }), undefined);
  });
});
