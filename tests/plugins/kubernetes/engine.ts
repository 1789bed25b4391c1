// The real engine with programs of a test, in a stack of its own, and all that happened as data: each resource's
// operations, differences, messages and times. Which CLI and which plugins is decided by ../engine.ts.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type EngineEvent,
  LocalWorkspace,
  PulumiCommand,
  type PulumiFn,
  type Stack,
  type UpOptions,
} from "@pulumi/pulumi/automation";
import type { Fields } from "../../../local/plugins/kubernetes/object";
import { begins, eachOnce, tools } from "../engine";
import { kubeconfigPath } from "./cluster";

/** What one run of the engine did, resource by resource. */
export class Run {
  readonly operations: Record<string, string[]> = {};
  readonly differences: Record<string, Record<string, string>> = {};
  /** As recorded: `warning (passing): …` for lines that don't stay. */
  readonly messages: Record<string, string[]> = {};
  readonly seconds: Record<string, number> = {};
  readonly ended: Record<string, "created" | "failed"> = {};
  failure: string | undefined;
  output = "";
  private readonly begun = new Map<string, number>();

  readonly hear = (event: EngineEvent): void => {
    const {
      resourcePreEvent: pre,
      resOutputsEvent: done,
      resOpFailedEvent: failed,
      diagnosticEvent: said,
    } = event;
    if (pre) {
      const name = nameIn(pre.metadata.urn);
      append(this.operations, name, pre.metadata.op);
      this.begun.set(name, event.timestamp);
      for (const [path, { diffKind }] of Object.entries(pre.metadata.detailedDiff ?? {})) {
        this.differences[name] = { ...this.differences[name], [path]: diffKind };
      }
    }
    if (done) this.end(done.metadata.urn, "created", event.timestamp);
    if (failed) this.end(failed.metadata.urn, "failed", event.timestamp);
    if (said?.urn) {
      const plain = said.message.replace(/<\{%[^%]*%\}>/g, "").trim();
      append(
        this.messages,
        nameIn(said.urn),
        `${said.severity}${said.ephemeral ? " (passing)" : ""}: ${plain}`,
      );
    }
  };
  private end(urn: string, how: "created" | "failed", at: number): void {
    const name = nameIn(urn);
    this.seconds[name] = at - (this.begun.get(name) ?? at);
    this.ended[name] = how;
  }
}
const nameIn = (urn: string) => urn.split("::")[3] ?? urn;
const append = (record: Record<string, string[]>, key: string, value: string) => {
  record[key] = [...(record[key] ?? []), value];
};

export class Engine {
  private constructor(
    private readonly folder: string,
    private readonly stack: Stack,
  ) {}

  static async start(project: string, env: Record<string, string> = {}): Promise<Engine> {
    const folder = mkdtempSync(join(tmpdir(), "kubernetes-plugin-"));
    const { home, cli, environment } = await tools();
    mkdirSync(join(folder, "state"));
    const pulumiCommand = await PulumiCommand.get({ root: dirname(dirname(cli)) });
    const program: PulumiFn = async () => undefined;
    const stack = await LocalWorkspace.createOrSelectStack(
      { projectName: project, stackName: project, program },
      {
        pulumiCommand,
        pulumiHome: home,
        envVars: {
          ...environment,
          KUBECONFIG: kubeconfigPath(),
          PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
          ...env,
        },
      },
    );
    return new Engine(folder, stack);
  }

  preview = (program: PulumiFn) =>
    this.run((options) => begins(program, (begun) => this.stack.preview({ ...options, program: begun })));
  up = (program: PulumiFn, more: UpOptions = {}) =>
    this.run((options) => begins(program, (begun) => this.stack.up({ ...options, ...more, program: begun })));
  /** An `up` of everything at once that goes on where a resource fails. */
  upAll = (program: PulumiFn) => this.up(program, { continueOnError: true, parallel: 100 });
  refresh = () => this.run((options) => this.stack.refresh(options));
  destroy = () => this.run((options) => this.stack.destroy(options));
  /** Each resource in the state by its name, as the state file holds it. */
  async resources(): Promise<Record<string, Fields>> {
    const { resources = [] } = (await this.stack.exportStack()).deployment as { resources?: Fields[] };
    return Object.fromEntries(resources.map((resource) => [nameIn(String(resource.urn)), resource]));
  }
  /** An `up` that ctrl-C interrupts. */
  interrupted = (program: PulumiFn, signal: AbortSignal) => this.up(program, { signal });

  /** The state as it lies in its file. */
  stateFile(): string {
    const files = readdirSync(this.folder, { recursive: true, encoding: "utf8" });
    const found = files.filter((file) => file.endsWith(`${this.stack.name}.json`) && file.includes("stacks"));
    return found.map((file) => readFileSync(join(this.folder, file), "utf8")).join("\n");
  }

  /** A failing run is a result too: its message is in `failure`. */
  private async run(
    work: (options: {
      onEvent: (event: EngineEvent) => void;
      onOutput: (out: string) => void;
      showSecrets: boolean;
    }) => Promise<unknown>,
  ): Promise<Run> {
    const run = new Run();
    const onOutput = (text: string) => {
      run.output += text;
    };
    try {
      // To decrypt what the CLI remembers of its runs would take a second, and nobody asks for it.
      await work({ onEvent: eachOnce(run.hear), onOutput, showSecrets: false });
    } catch (error) {
      run.failure = error instanceof Error ? error.message : String(error);
    }
    return run;
  }

  async stop(): Promise<void> {
    await this.stack.workspace.removeStack(this.stack.name, { force: true }).catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
