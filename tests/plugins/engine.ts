/**
 * The real engine for contract tests: programs go through the CLI with a back end and plugins of their own
 * choice (`SERVICE_STACK_PLUGINS=official` runs the same tests against what the stand-ins stand in for).
 * What the programs do and what must come of it is left to the tests.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type EngineEvent,
  LocalWorkspace,
  type OutputMap,
  type PreviewResult,
  PulumiCommand,
  type PulumiFn,
  type RefreshResult,
  type Stack,
  type UpResult,
} from "@pulumi/pulumi/automation";
import * as settings from "@pulumi/pulumi/runtime/settings";
import { resolve } from "pulumi/lib/resolve";
import { stateDir } from "../../local/platform/paths";
import { homesOf, parseChoice } from "../../local/pulumi/plugins";
import { ensureStandIns } from "../../local/pulumi/stand-ins";
import { ensureState } from "../../local/pulumi/state";

// The SDK never closes a run's connections, and what gRPC knows of an address is known to all runs of a process.
// Ports come again: a run whose engine listens where another did before would be told that nobody is there. So each
// connection knows its own.
const { grpcClientOptions } = settings as unknown as { grpcClientOptions: object };
Object.assign(grpcClientOptions, { "grpc.use_local_subchannel_pool": 1 });

/**
 * Runs a program by `run`, which must begin it. Where the SDK can't reach the engine it ends without an error and
 * without the program, which looks as if the program had no resources.
 */
export async function begins<T>(program: PulumiFn, run: (program: PulumiFn) => Promise<T>): Promise<T> {
  let begun = false;
  const result = await run(() => {
    begun = true;
    return program();
  });
  if (!begun) throw new Error("the SDK has not begun the program: it could not reach the engine");
  return result;
}

/** Hears each event once: at a run's end the SDK may read the last lines of the engine's log twice. */
export function eachOnce(hear: (event: EngineEvent) => void): (event: EngineEvent) => void {
  let last = -1;
  return (event) => {
    if (event.sequence <= last) return;
    last = event.sequence;
    hear(event);
  };
}

export interface Tools {
  home: string;
  cli: string;
  environment: Record<string, string>;
}

/** The CLI and its plugins, as `npx pulumi` would use them. */
export async function tools(): Promise<Tools> {
  const state = stateDir();
  await ensureState(state);
  const homes = homesOf(state, process.env);
  const official = parseChoice(process.env.SERVICE_STACK_PLUGINS) === "official";
  const home = official ? homes.official : homes.local;
  if (official) process.env.PULUMI_HOME = home; // where the official launcher looks and installs
  const cli = official ? await resolve() : await ensureStandIns(home);
  return {
    home,
    cli,
    environment: {
      PULUMI_HOME: home,
      PULUMI_CONFIG_PASSPHRASE: "for this test only",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      ...(official ? {} : { PULUMI_IGNORE_AMBIENT_PLUGINS: "true" }),
    },
  };
}

/** For `before`: builds the CLI where that is due, which no test's own time allows for. */
export async function built(this: Mocha.Context): Promise<void> {
  this.timeout(1_800_000);
  await tools();
}

export interface Run {
  /** The engine's operations on resources of the wanted type, in order. */
  operations: string[];
  /** Of an `up`, also of one that failed. */
  outputs: OutputMap;
  /** Errors and warnings as the display shows them. */
  messages: string[];
  /** Everything shown, passing lines too. */
  shown: string;
  error: string;
}

export type Program = () => Promise<Record<string, unknown>>;

/** Collects what the engine says of one type of resources. */
class Recorder {
  readonly operations: string[] = [];
  readonly messages: string[] = [];
  private readonly lines: string[] = [];

  constructor(private readonly type: string) {}

  event(event: EngineEvent): void {
    const metadata = event.resourcePreEvent?.metadata;
    if (metadata?.type === this.type) this.operations.push(metadata.op);
    const { diagnosticEvent } = event;
    if (!diagnosticEvent) return;
    const message = diagnosticEvent.message.replace(/<\{%.*?%\}>/g, "").trim();
    this.lines.push(message);
    if (["error", "warning"].includes(diagnosticEvent.severity) && !diagnosticEvent.ephemeral) {
      this.messages.push(message);
    }
  }

  get shown(): string {
    return this.lines.join("\n");
  }
}

/** A stack of its own in a temporary back end. */
export class TestStack {
  private constructor(
    private readonly stack: Stack,
    private readonly type: string,
    readonly folder: string,
  ) {}

  /** `type` is the token of the resources whose operations are recorded. */
  static async create(type: string, environment: Record<string, string> = {}): Promise<TestStack> {
    const { home, cli, environment: own } = await tools();
    const folder = mkdtempSync(join(tmpdir(), "service-stack-engine-"));
    const stack = await LocalWorkspace.createStack(
      { stackName: "test", projectName: "contract", program: async () => ({}) },
      {
        workDir: folder,
        pulumiHome: home,
        pulumiCommand: await PulumiCommand.get({ root: dirname(dirname(cli)) }),
        envVars: { ...own, ...environment },
        projectSettings: { name: "contract", runtime: "nodejs", backend: { url: `file://${folder}` } },
      },
    );
    return new TestStack(stack, type, folder);
  }

  async preview(program: Program): Promise<Run> {
    return this.run(program, (options) =>
      begins(program, (begun) => this.stack.preview({ ...options, program: begun })),
    );
  }

  async up(program: Program): Promise<Run> {
    return this.run(program, (options) =>
      begins(program, (begun) => this.stack.up({ ...options, program: begun })),
    );
  }

  async refresh(): Promise<Run> {
    return this.run(
      async () => ({}),
      (options) => this.stack.refresh(options),
    );
  }

  private async run(
    program: Program,
    action: (options: {
      program: Program;
      onEvent(event: EngineEvent): void;
      onOutput(): void;
      showSecrets: boolean;
    }) => Promise<UpResult | PreviewResult | RefreshResult>,
  ): Promise<Run> {
    const recorder = new Recorder(this.type);
    this.stack.workspace.program = program;
    const onEvent = eachOnce((event) => recorder.event(event));
    // To decrypt what the CLI remembers of its runs would take a second, and nobody asks for it.
    const options = { program, onEvent, onOutput: () => {}, showSecrets: false };
    const { outputs, error } = await action(options).then(
      (result) => ({ outputs: "outputs" in result ? result.outputs : {}, error: "" }),
      async (failure) => ({
        outputs: await this.stack.outputs(),
        error: String(failure instanceof Error ? failure.message : failure),
      }),
    );
    const { operations, messages, shown } = recorder;
    return { operations, outputs, messages, shown, error };
  }

  /** The resource of the recorded type as the back end's file has it, secrets encrypted. */
  resource(): Record<string, unknown> {
    const file = join(this.folder, ".pulumi", "stacks", "contract", "test.json");
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8"));
    const resources = checkpoint.latest.resources as Record<string, unknown>[];
    const found = resources.find((resource) => resource.type === this.type);
    if (!found) throw new Error(`the state has no ${this.type}`);
    return found;
  }

  async remove(): Promise<void> {
    await this.stack.destroy({ onOutput: () => {}, showSecrets: false });
    rmSync(this.folder, { recursive: true, force: true });
  }
}
