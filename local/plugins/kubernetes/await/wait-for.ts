// The annotation `pulumi.com/waitFor`: one expression, or a JSON array of them, that replaces a kind's own
// readiness. `condition=Type[=Status]`, or `jsonpath={.path}[=value]` with plain steps and indexes; filters and
// wildcards are refused here, though the official provider takes them.
import type { WatchEvent } from "../informer";
import type { Log } from "../log";
import { conditionsOf, count, dig, generationOf, isFields, type KubeObject, nameOf, text } from "../object";
import type { Readiness } from "./readiness";

type Test = (object: KubeObject) => { met: boolean; message: string };

function condition(expression: string): Test {
  const [type = "", wanted = "True"] = expression.slice("condition=".length).split("=");
  return (object) => {
    const found = conditionsOf(object).get(type);
    const met = text(found, "status") === wanted;
    const said = found && text(found, "message") ? `: ${text(found, "message")}` : "";
    return {
      met,
      message: `${met ? "Found" : "Waiting for"} condition "${type}" to be "${wanted}"${met ? "" : said}`,
    };
  };
}

function jsonpath(expression: string): Test {
  const [, path = "", wanted] = /^jsonpath=\{\s*(.*?)\s*\}(?:=(.+))?$/s.exec(expression) ?? [];
  if (!/^\$?(\.[\w-]+|\[\d+\]|\['[^']+'\])+$/.test(path)) {
    throw new Error(`the stand-in for the Kubernetes provider can't read the path of "${expression}"`);
  }
  const steps = [...path.matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/g)].map(
    ([, plain, index, quoted]) => plain ?? quoted ?? Number(index),
  );
  const shown = expression.slice("jsonpath=".length);
  return (object) => {
    const found = dig(object, ...steps);
    if (wanted !== undefined && (isFields(found) || Array.isArray(found))) {
      throw new Error(`"{${path}}" has a non-primitive value`);
    }
    const met = found !== undefined && (wanted === undefined || String(found) === wanted);
    const instead = found === undefined ? "" : ` (found "${String(found)}")`;
    return { met, message: met ? `Found ${shown}` : `Waiting for ${shown}${instead}` };
  };
}

function tests(value: string): Test[] {
  let expressions: unknown = value;
  try {
    expressions = JSON.parse(value);
  } catch {
    // A single expression is no JSON.
  }
  const list = Array.isArray(expressions) ? expressions.map(String) : [value];
  if (list.length === 0) throw new Error("at least one condition must be specified");
  return list.map((expression) => {
    if (expression.startsWith("condition=")) return condition(expression);
    if (expression.startsWith("jsonpath=")) return jsonpath(expression);
    throw new Error(`expected a "jsonpath=" or "condition=" prefix, got "${expression}"`);
  });
}

export class WaitForReadiness implements Readiness {
  readonly watches: readonly (readonly [string, string])[];
  readonly patience = "whole";
  private readonly tests: Test[];
  constructor(
    public object: KubeObject,
    expressions: string,
    private readonly log: Log,
  ) {
    this.watches = [[object.apiVersion, object.kind]];
    this.tests = tests(expressions);
  }
  observe({ object }: WatchEvent): boolean {
    const mine = nameOf(object) === nameOf(this.object);
    if (mine && generationOf(object) >= generationOf(this.object)) this.object = object;
    return mine;
  }
  ready(): boolean {
    const observed = count(this.object, "status", "observedGeneration");
    if (observed !== undefined && observed < generationOf(this.object)) return false;
    return this.tests.every((test) => {
      const { met, message } = test(this.object);
      this.log.status("info", message);
      return met;
    });
  }
  problems = () => [];
  timedOut = () => "timed out waiting for the condition";
}
