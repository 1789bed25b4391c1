// Runs a user's program without Pulumi, to learn which stacks it makes: in the place of this package stands a
// recorder, in the place of Pulumi's packages a placeholder. Nothing is registered, and no engine is asked.

import { existsSync } from "node:fs";
import Module from "node:module";
import { resolve, sep } from "node:path";
import { type Project, ProjectError, readStackConfig } from "../project/project";
import * as enums from "../schema/enums";
import { placeholder } from "./placeholder";

/** One `new ServiceStack(name, args)` of a program. */
export interface RecordedStack {
  name: string;
  args: unknown;
}

/** The stacks that the project's program makes. */
export function recordStacks(project: Project, stack: string): RecordedStack[] {
  const recorded: RecordedStack[] = [];
  class ServiceStack {
    constructor(name: string, args?: unknown) {
      recorded.push({ name, args });
      // biome-ignore lint/correctness/noConstructorReturn: whatever the program reads from it is unknown
      return placeholder as ServiceStack;
    }
  }
  const main = resolve(project.root, project.main);
  if (!existsSync(main)) {
    throw new ProjectError(`the program ${main} isn't there; is it compiled? (npm run build)`);
  }
  replacingModules(
    (request) => {
      if (request === "pulumi-service-stack") return { ServiceStack, ...enums };
      if (request === "@pulumi/pulumi") return pulumiFor(project, stack);
      return request.startsWith("@pulumi/") ? placeholder : undefined;
    },
    () => {
      forget(project.root);
      require(main);
    },
  );
  return recorded;
}

/** What was loaded for another stack would not run again. */
function forget(root: string): void {
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(root + sep) && !file.includes(`${sep}node_modules${sep}`)) delete require.cache[file];
  }
}

type Loader = (request: string, ...rest: unknown[]) => unknown;

function replacingModules(instead: (request: string) => unknown, run: () => void): void {
  // Node's own hooks for this came after Node 20; this one is as old as require.
  const loader = Module as unknown as { _load: Loader };
  const original = loader._load;
  loader._load = function load(this: unknown, request, ...rest) {
    return instead(request) ?? original.call(this, request, ...rest);
  };
  try {
    run();
  } finally {
    loader._load = original;
  }
}

/** The part of Pulumi that a program may steer by: names and configuration. The rest is unknown. */
function pulumiFor(project: Project, stack: string): unknown {
  const config = readStackConfig(project.root, stack) ?? {};
  class Config {
    constructor(private readonly namespace = project.name) {}
    get(key: string): unknown {
      return config[`${this.namespace}:${key}`];
    }
    require(key: string): unknown {
      return this.get(key) ?? placeholder;
    }
  }
  const plain: Record<string, string> = { get: "get", getBoolean: "get", getNumber: "get", getObject: "get" };
  const known: Record<string, unknown> = {
    getStack: () => stack,
    getProject: () => project.name,
    getRootDirectory: () => project.root,
    Config: new Proxy(Config, {
      construct: (target, [namespace]) =>
        new Proxy(new target(namespace), {
          get(instance, property) {
            const name = String(property);
            if (name.startsWith("require") && !name.includes("Secret"))
              return instance.require.bind(instance);
            return plain[name] ? instance.get.bind(instance) : placeholder;
          },
        }),
    }),
  };
  return new Proxy(known, { get: (target, property) => target[String(property)] ?? placeholder });
}
