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
    for (const [name, definition] of Object.entries<{ properties?: object; enum?: string[] }>(definitions)) {
      if (name === "ServiceStackArgs") continue;
      const type = typeDefinitions[name];
      assert.deepEqual(
        Object.keys(type?.properties ?? {}).sort(),
        Object.keys(definition.properties ?? {}).sort(),
        name,
      );
      assert.deepEqual(
        type?.enum?.map(({ value }) => value),
        definition.enum,
        name,
      );
    }
    assert.deepEqual(Object.keys(components.ServiceStack?.outputs ?? {}).sort(), [
      "backups",
      "images",
      "namespace",
      "retained",
      "secrets",
      "url",
      "urls",
    ]);
  });
});
