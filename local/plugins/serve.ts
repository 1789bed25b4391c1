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
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { listen } from "./listen";
import {
  fromStruct,
  toCheckResponse,
  toDiffResponse,
  toFailures,
  toServiceError,
  toStruct,
} from "./messages";
import type { Provider, Severity, Target } from "./provider";

export * from "./provider";

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
