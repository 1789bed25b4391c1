/**
 * Serves the engine's `ResourceProvider` protocol for the stand-ins of the local platform (never what a
 * user with internet gets: there the official providers are downloaded). It turns messages into plain
 * objects and errors into the engine's; what to create and when to replace is left to each provider.
 *
 * `@pulumi/pulumi/provider` has a server too, but it loads the whole SDK (0.7 s) and knows neither
 * configuration nor previews nor secrets.
 */
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { listen } from "./listen";
import { clean, type Properties } from "./values";

export type Severity = "debug" | "info" | "warning" | "error";

/** What every operation on a resource knows. */
export interface Target {
  urn: string;
  /** The type token: `random:index/randomPassword:RandomPassword`. */
  type: string;
  /** The resource's name in the program. */
  name: string;
  /** A line of its own in the display, kept. */
  log(severity: Severity, message: string): void;
  /** What is happening right now: shown beside the resource while it lasts. */
  status(message: string): void;
  /** Aborted when the user cancels the run. */
  cancelled: AbortSignal;
}

export interface Failure {
  property?: string;
  reason: string;
}

export type PropertyChange =
  | "add"
  | "add-replace"
  | "delete"
  | "delete-replace"
  | "update"
  | "update-replace";

export interface Difference {
  changed: boolean;
  /** Properties whose change needs a new resource. */
  replaces?: string[];
  deleteBeforeReplace?: boolean;
  /** Paths and how they changed; `input: true` where they are paths of the inputs. */
  detailed?: Record<string, PropertyChange | { kind: PropertyChange; input: boolean }>;
}

export interface Outcome {
  id: string;
  properties: Properties;
}

/** Timeouts are in seconds, 0 where the program named none. */
export interface Provider {
  name: string;
  version: string;
  /** Whether inputs come with their secrets marked; without, outputs named like a secret input are secret. */
  acceptSecrets?: boolean;
  checkConfig?(news: Properties, olds: Properties): Promise<{ inputs: Properties; failures?: Failure[] }>;
  diffConfig?(olds: Properties, news: Properties): Promise<Difference>;
  /** `args` are the provider's inputs, where a nested value may still be JSON in a string. */
  configure?(args: Properties, variables: Record<string, string>): Promise<void>;
  check(
    target: Target & { olds: Properties; news: Properties; randomSeed: Uint8Array },
  ): Promise<{ inputs: Properties; failures?: Failure[] }>;
  diff(
    target: Target & {
      id: string;
      olds: Properties;
      oldInputs: Properties;
      news: Properties;
      ignoreChanges: string[];
    },
  ): Promise<Difference>;
  create(target: Target & { properties: Properties; preview: boolean; timeout: number }): Promise<Outcome>;
  /** No outcome: the resource doesn't exist any more. */
  read?(
    target: Target & { id: string; properties: Properties; inputs: Properties },
  ): Promise<(Outcome & { inputs?: Properties }) | undefined>;
  update?(
    target: Target & {
      id: string;
      olds: Properties;
      oldInputs: Properties;
      news: Properties;
      preview: boolean;
      timeout: number;
      ignoreChanges: string[];
    },
  ): Promise<{ properties: Properties }>;
  delete?(
    target: Target & { id: string; properties: Properties; oldInputs: Properties; timeout: number },
  ): Promise<void>;
  invoke?(token: string, args: Properties): Promise<{ result?: Properties; failures?: Failure[] }>;
}

/** A resource that was made but isn't what it should be (yet): the state keeps it, the run fails with the reasons. */
export class PartialFailure extends Error {
  constructor(
    message: string,
    readonly outcome: Outcome & { inputs?: Properties; reasons: string[] },
  ) {
    super(message);
    this.name = "PartialFailure";
  }
}

function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(clean(properties) as Record<string, JavaScriptValue>);
}

function fromStruct(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function toFailures(failures: Failure[] = []): messages.CheckFailure[] {
  return failures.map(({ property, reason }) => {
    const failure = new messages.CheckFailure();
    failure.setProperty(property ?? "");
    failure.setReason(reason);
    return failure;
  });
}

function toCheckResponse(answer: { inputs: Properties; failures?: Failure[] }): messages.CheckResponse {
  const response = new messages.CheckResponse();
  response.setInputs(toStruct(answer.inputs));
  response.setFailuresList(toFailures(answer.failures));
  return response;
}

const KINDS = {
  add: messages.PropertyDiff.Kind.ADD,
  "add-replace": messages.PropertyDiff.Kind.ADD_REPLACE,
  delete: messages.PropertyDiff.Kind.DELETE,
  "delete-replace": messages.PropertyDiff.Kind.DELETE_REPLACE,
  update: messages.PropertyDiff.Kind.UPDATE,
  "update-replace": messages.PropertyDiff.Kind.UPDATE_REPLACE,
} as const;

function toDiffResponse(difference: Difference): messages.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse();
  response.setChanges(difference.changed ? DIFF_SOME : DIFF_NONE);
  response.setReplacesList(difference.replaces ?? []);
  response.setDeletebeforereplace(difference.deleteBeforeReplace ?? false);
  if (!difference.detailed) return response;
  response.setHasdetaileddiff(true);
  for (const [path, change] of Object.entries(difference.detailed)) {
    const { kind, input } = typeof change === "string" ? { kind: change, input: false } : change;
    const diff = new messages.PropertyDiff();
    diff.setKind(KINDS[kind]);
    diff.setInputdiff(input);
    response.getDetaileddiffMap().set(path, diff);
    response.addDiffs(path.split(/[.[]/, 1)[0] ?? path);
  }
  return response;
}

/** The engine's errors: a message, and for a half-made resource what there is of it. */
function toServiceError(error: unknown): Partial<grpc.ServiceError> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof PartialFailure)) return { code: grpc.status.UNKNOWN, message, details: message };
  const { id, properties, inputs, reasons } = error.outcome;
  const failed = new messages.ErrorResourceInitFailed();
  failed.setId(id);
  failed.setProperties(toStruct(properties));
  if (inputs) failed.setInputs(toStruct(inputs));
  failed.setReasonsList(reasons);
  const detail = new Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  // Where gRPC's Go side looks for details; Node's has no call for it.
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, message, details: message, metadata };
}

const SEVERITIES = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
} as const;

/** The lines that a provider shows, in order; failing to show one never fails the operation. */
class Display {
  private readonly client: EngineClient | undefined;
  private last: Promise<void> = Promise.resolve();

  constructor(address: string | undefined) {
    this.client = address ? new EngineClient(address, grpc.credentials.createInsecure()) : undefined;
  }

  show(severity: Severity, message: string, urn: string, passing: boolean): void {
    const { client } = this;
    if (!client) return;
    const request = new LogRequest();
    request.setSeverity(SEVERITIES[severity]);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(passing);
    this.last = this.last.then(() => new Promise((done) => client.log(request, () => done())));
  }

  /** Until all lines have arrived: they must stand before the operation's end. */
  flushed(): Promise<void> {
    return this.last;
  }
}

interface Addressed {
  getUrn(): string;
}

/** Starts the provider; the engine's address is the first argument that is no flag. */
export async function serve(provider: Provider): Promise<void> {
  const display = new Display(process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument)));
  const abort = new AbortController();

  const targetOf = (request: Addressed): Target => {
    const urn = request.getUrn();
    const [, , types = "", ...name] = urn.split("::");
    return {
      urn,
      type: types.slice(types.lastIndexOf("$") + 1),
      name: name.join("::"),
      log: (severity, message) => display.show(severity, message, urn, false),
      status: (message) => display.show("info", message, urn, true),
      cancelled: abort.signal,
    };
  };
  const handle =
    <Request, Response>(work: (request: Request) => Promise<Response>) =>
    (call: grpc.ServerUnaryCall<Request, Response>, reply: grpc.sendUnaryData<Response>) => {
      work(call.request)
        .finally(() => display.flushed())
        .then(
          (response) => reply(null, response),
          (error) => reply(toServiceError(error)),
        );
    };
  const missing = (operation: string) => new Error(`${provider.name}: ${operation} is not served here`);

  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(ResourceProviderService, {
    getPluginInfo: handle(async (_: Empty) => {
      const info = new PluginInfo();
      info.setVersion(provider.version);
      return info;
    }),
    checkConfig: handle(async (request: messages.CheckRequest) => {
      const news = fromStruct(request.getNews());
      return toCheckResponse(
        (await provider.checkConfig?.(news, fromStruct(request.getOlds()))) ?? { inputs: news },
      );
    }),
    diffConfig: handle(async (request: messages.DiffRequest) => {
      const olds = fromStruct(request.getOldInputs() ?? request.getOlds());
      // Where a provider says nothing of its configuration, a change of it never replaces resources.
      return toDiffResponse(
        (await provider.diffConfig?.(olds, fromStruct(request.getNews()))) ?? { changed: false },
      );
    }),
    configure: handle(async (request: messages.ConfigureRequest) => {
      const variables = Object.fromEntries(request.getVariablesMap().toObject()) as Record<string, string>;
      await provider.configure?.(fromStruct(request.getArgs()), variables);
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(provider.acceptSecrets ?? false);
      response.setSupportspreview(true);
      return response;
    }),
    check: handle(async (request: messages.CheckRequest) =>
      toCheckResponse(
        await provider.check({
          ...targetOf(request),
          olds: fromStruct(request.getOlds()),
          news: fromStruct(request.getNews()),
          randomSeed: request.getRandomseed_asU8(),
        }),
      ),
    ),
    diff: handle(async (request: messages.DiffRequest) =>
      toDiffResponse(
        await provider.diff({
          ...targetOf(request),
          id: request.getId(),
          olds: fromStruct(request.getOlds()),
          oldInputs: fromStruct(request.getOldInputs()),
          news: fromStruct(request.getNews()),
          ignoreChanges: request.getIgnorechangesList(),
        }),
      ),
    ),
    create: handle(async (request: messages.CreateRequest) => {
      const { id, properties } = await provider.create({
        ...targetOf(request),
        properties: fromStruct(request.getProperties()),
        preview: request.getPreview(),
        timeout: request.getTimeout(),
      });
      const response = new messages.CreateResponse();
      response.setId(id);
      response.setProperties(toStruct(properties));
      return response;
    }),
    read: handle(async (request: messages.ReadRequest) => {
      if (!provider.read) throw missing("read");
      const outcome = await provider.read({
        ...targetOf(request),
        id: request.getId(),
        properties: fromStruct(request.getProperties()),
        inputs: fromStruct(request.getInputs()),
      });
      const response = new messages.ReadResponse();
      if (!outcome) return response;
      response.setId(outcome.id);
      response.setProperties(toStruct(outcome.properties));
      if (outcome.inputs) response.setInputs(toStruct(outcome.inputs));
      return response;
    }),
    update: handle(async (request: messages.UpdateRequest) => {
      if (!provider.update) throw missing("update");
      const { properties } = await provider.update({
        ...targetOf(request),
        id: request.getId(),
        olds: fromStruct(request.getOlds()),
        oldInputs: fromStruct(request.getOldInputs()),
        news: fromStruct(request.getNews()),
        preview: request.getPreview(),
        timeout: request.getTimeout(),
        ignoreChanges: request.getIgnorechangesList(),
      });
      const response = new messages.UpdateResponse();
      response.setProperties(toStruct(properties));
      return response;
    }),
    delete: handle(async (request: messages.DeleteRequest) => {
      await provider.delete?.({
        ...targetOf(request),
        id: request.getId(),
        properties: fromStruct(request.getProperties()),
        oldInputs: fromStruct(request.getOldInputs()),
        timeout: request.getTimeout(),
      });
      return new Empty();
    }),
    invoke: handle(async (request: messages.InvokeRequest) => {
      if (!provider.invoke) throw missing(`the function ${request.getTok()}`);
      const answer = await provider.invoke(request.getTok(), fromStruct(request.getArgs()));
      const response = new messages.InvokeResponse();
      if (answer.result) response.setReturn(toStruct(answer.result));
      response.setFailuresList(toFailures(answer.failures));
      return response;
    }),
    cancel: handle(async (_: Empty) => {
      abort.abort();
      return new Empty();
    }),
  });
  await listen(server);
}
