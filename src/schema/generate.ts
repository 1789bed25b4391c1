// Makes the JSON Schema out of the public interfaces, and the validator out of the JSON Schema.
//
//   node dist/src/schema/generate.js            compiles the validator (part of every build)
//   node dist/src/schema/generate.js --schema   writes service-stack.schema.json anew first (`npm run schema`)
//
// The schema file is committed: it is the public shape, and a change of it should be seen in review.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import Ajv from "ajv";
import standaloneCode from "ajv/dist/standalone";
import {
  type BaseType,
  type ChainNodeParser,
  type Context,
  createFormatter,
  createParser,
  DEFAULT_CONFIG,
  type NodeParser,
  SchemaGenerator,
  type SubNodeParser,
} from "ts-json-schema-generator";
import type typescript from "typescript";
import { MAPS } from "./unset";

const root = resolve(__dirname, "../../..");
export const schemaFile = resolve(root, "src/schema/service-stack.schema.json");
const validatorFile = resolve(__dirname, "validator.js");

// The generator may bring a TypeScript of its own; the kinds of nodes have other numbers in another version.
const ts = createRequire(require.resolve("ts-json-schema-generator"))("typescript") as typeof typescript;

/** Pulumi's `Input<T>` is `T` to whoever writes a file: an Output can only come from a program. */
class InputParser implements SubNodeParser {
  constructor(private readonly inner: NodeParser) {}

  supportsNode(node: typescript.Node): boolean {
    return ts.isTypeReferenceNode(node) && node.typeName.getText() === "Input";
  }

  createType(node: typescript.Node, context: Context): BaseType {
    const [argument] = (node as typescript.TypeReferenceNode).typeArguments ?? [];
    if (!argument) throw new Error(`${node.getText()}: Input needs the type that it stands for`);
    return this.inner.createType(argument as never, context);
  }
}

/** The public interfaces and nothing else: of other packages only `Input` is used, and what it is worth is known here. */
function publicProgram(): typescript.Program {
  const options: typescript.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.Node20,
    strict: true,
    noLib: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, containing) =>
    literals.map(({ text }) =>
      text.startsWith(".")
        ? ts.resolveModuleName(text, containing, options, host)
        : { resolvedModule: undefined },
    );
  return ts.createProgram([resolve(root, "src/schema/stack-args.ts")], options, host);
}

/** The JSON Schema of `ServiceStackArgs`. */
export function jsonSchema(): object {
  const config = {
    ...DEFAULT_CONFIG,
    type: "ServiceStackArgs",
    additionalProperties: false,
    topRef: true,
  };
  const program = publicProgram() as never;
  const parser = createParser(program, config, (chain) => {
    (chain as ChainNodeParser).addNodeParser(new InputParser(chain as ChainNodeParser) as never);
  });
  const schema = new SchemaGenerator(program, parser, createFormatter(config), config).createSchema(
    config.type,
  );
  return withNull(withLargest(schema)) as object;
}

/** `schema` for editors: where a null takes away what an earlier layer says, it may stand. */
function withNull(schema: unknown, key = ""): unknown {
  if (Array.isArray(schema)) return schema.map((member) => withNull(member));
  if (schema === null || typeof schema !== "object") return schema;
  const own = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, withNull(value, name)]),
  );
  const { additionalProperties: member } = own;
  if (!MAPS.has(key) || member === null || typeof member !== "object") return own;
  return { ...own, additionalProperties: { anyOf: [member, { type: "null" }] } };
}

/** `schema` as `validate` applies it: by then what may be null was taken out, and two answers for one place would make
 * three messages of each mistake there. */
export function withoutNull(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutNull);
  if (schema === null || typeof schema !== "object") return schema;
  const [only, none] = "anyOf" in schema && Array.isArray(schema.anyOf) ? schema.anyOf : [];
  if (none?.type === "null") return withoutNull(only);
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, withoutNull(value)]));
}

/** Kubernetes' integers have 32 bits. */
const LARGEST = 2 ** 31 - 1;

/** `schema` with a maximum for every integer that has none of its own. */
function withLargest(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withLargest);
  if (schema === null || typeof schema !== "object") return schema;
  const members = Object.entries(schema).map(([key, value]) => [key, withLargest(value)] as const);
  const unbounded = "type" in schema && schema.type === "integer" && !("maximum" in schema);
  return Object.fromEntries(unbounded ? [...members, ["maximum", LARGEST]] : members);
}

/** The schema file's text, exactly as it is committed. */
export function schemaText(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}

function compileValidator(): void {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: false,
    code: { source: true, optimize: true },
  });
  const validate = ajv.compile(withoutNull(JSON.parse(readFileSync(schemaFile, "utf8"))) as object);
  mkdirSync(dirname(validatorFile), { recursive: true });
  writeFileSync(validatorFile, standaloneCode(ajv, validate));
}

if (require.main === module) {
  if (process.argv.includes("--schema")) writeFileSync(schemaFile, schemaText());
  compileValidator();
}
