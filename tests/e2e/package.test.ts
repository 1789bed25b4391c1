// The package as other languages see it: Pulumi's own analyzer reads the component's types and must understand all.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { checkout } from "./commands";

describe("The package's schema for other languages", () => {
  it("is made by Pulumi's analyzer, with every argument that JSON Schema has", () => {
    const manifest = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
    const { components, typeDefinitions } = new Analyzer(
      checkout,
      manifest.name,
      manifest,
      new Set(["ServiceStack"]),
    ).analyze();
    const { definitions } = JSON.parse(
      readFileSync(join(checkout, "src/schema/service-stack.schema.json"), "utf8"),
    );
    const properties = (name: string) => Object.keys(definitions[name].properties).sort();
    assert.deepEqual(
      Object.keys(components.ServiceStack?.inputs ?? {}).sort(),
      properties("ServiceStackArgs"),
    );
    for (const name of Object.keys(definitions)) {
      if (name === "ServiceStackArgs" || name === "Tier") continue;
      assert.deepEqual(Object.keys(typeDefinitions[name]?.properties ?? {}).sort(), properties(name), name);
    }
    assert.deepEqual(
      typeDefinitions.Tier?.enum?.map(({ value }) => value),
      ["dev", "acc", "prod"],
    );
    assert.deepEqual(Object.keys(components.ServiceStack?.outputs ?? {}).sort(), [
      "images",
      "namespace",
      "retained",
      "secrets",
      "url",
    ]);
  });
});
