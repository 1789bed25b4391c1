/**
 * Stand-in of the local platform for `pulumi-language-nodejs`, never what a user with internet gets: it
 * speaks the engine's `LanguageRuntime` protocol for Node programs. The work is done in `processes.ts` and
 * `packages.ts`; code generation (`pulumi convert`, `pulumi package add`) is left to the official host.
 */
import * as grpc from "@grpc/grpc-js";
import { version } from "@pulumi/pulumi/package.json";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { listen } from "../listen";
import { dependencies, requiredPlugins } from "./packages";
import { installDependencies, runPlugin, runProgram, type Sink } from "./processes";

let engine = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";
const cancelled = new AbortController();

function fail(error: unknown): Partial<grpc.ServiceError> {
  const message = error instanceof Error ? error.message : String(error);
  return { code: grpc.status.UNKNOWN, message, details: message };
}

function answer<Request, Response>(work: (request: Request) => Response | Promise<Response>) {
  return (call: grpc.ServerUnaryCall<Request, Response>, reply: grpc.sendUnaryData<Response>) => {
    Promise.resolve()
      .then(() => work(call.request))
      .then(
        (response) => reply(null, response),
        (error) => reply(fail(error)),
      );
  };
}

/** For as long as the call lasts and nobody cancels. */
function lifetime(call: { on(event: "cancelled", listener: () => void): unknown }): AbortSignal {
  const ended = new AbortController();
  call.on("cancelled", () => ended.abort());
  return AbortSignal.any([ended.signal, cancelled.signal]);
}

interface Carrier {
  setStdout(chunk: Uint8Array): unknown;
  setStderr(chunk: Uint8Array): unknown;
}

function sinkTo<Response extends Carrier>(
  call: { write(response: Response): unknown },
  make: () => Response,
): Sink {
  const send = (fill: (response: Response) => void) => {
    const response = make();
    fill(response);
    call.write(response);
  };
  return {
    stdout: (chunk) => send((response) => response.setStdout(chunk)),
    stderr: (chunk) => send((response) => response.setStderr(chunk)),
  };
}

const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(LanguageRuntimeService, {
  handshake: answer((request: messages.LanguageHandshakeRequest) => {
    engine = request.getEngineAddress();
    return new messages.LanguageHandshakeResponse();
  }),
  getPluginInfo: answer((_: Empty) => {
    const info = new PluginInfo();
    info.setVersion(version);
    return info;
  }),
  getRequiredPlugins: answer((request: messages.GetRequiredPluginsRequest) => {
    const response = new messages.GetRequiredPluginsResponse();
    for (const need of requiredPlugins(request.getInfo()?.getProgramDirectory() ?? request.getPwd())) {
      const plugin = new PluginDependency();
      plugin.setName(need.name);
      plugin.setKind("resource");
      plugin.setVersion(need.version);
      plugin.setServer(need.server);
      response.addPlugins(plugin);
    }
    return response;
  }),
  getRequiredPackages: answer((request: messages.GetRequiredPackagesRequest) => {
    const response = new messages.GetRequiredPackagesResponse();
    for (const need of requiredPlugins(request.getInfo()?.getProgramDirectory() ?? process.cwd())) {
      const dependency = new PackageDependency();
      dependency.setName(need.name);
      dependency.setKind("resource");
      dependency.setVersion(need.version);
      dependency.setServer(need.server);
      response.addPackages(dependency);
    }
    return response;
  }),
  getProgramDependencies: answer((request: messages.GetProgramDependenciesRequest) => {
    const directory = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
    const response = new messages.GetProgramDependenciesResponse();
    for (const { name, version: installedVersion } of dependencies(
      directory,
      request.getTransitivedependencies(),
    )) {
      const dependency = new messages.DependencyInfo();
      dependency.setName(name);
      dependency.setVersion(installedVersion);
      response.addDependencies(dependency);
    }
    return response;
  }),
  about: answer((_: messages.AboutRequest) => {
    const response = new messages.AboutResponse();
    response.setExecutable(process.execPath);
    response.setVersion(process.version);
    response.getMetadataMap().set("packagemanager", "npm");
    return response;
  }),
  runtimeOptionsPrompts: answer((_: messages.RuntimeOptionsRequest) => new messages.RuntimeOptionsResponse()),
  installDependencies: (
    call: grpc.ServerWritableStream<
      messages.InstallDependenciesRequest,
      messages.InstallDependenciesResponse
    >,
  ) => {
    const info = call.request.getInfo();
    const sink = sinkTo(call, () => new messages.InstallDependenciesResponse());
    installDependencies(
      info?.getProgramDirectory() ?? call.request.getDirectory(),
      info?.getOptions()?.toJavaScript() ?? {},
      sink,
    ).then(
      () => call.end(),
      (error) => call.emit("error", fail(error)),
    );
  },
  run: (
    call: grpc.ServerUnaryCall<messages.RunRequest, messages.RunResponse>,
    reply: grpc.sendUnaryData<messages.RunResponse>,
  ) => {
    const respond = ({ error, bail }: { error: string; bail: boolean }) => {
      const response = new messages.RunResponse();
      response.setError(error);
      response.setBail(bail);
      reply(null, response);
    };
    runProgram(call.request, engine, lifetime(call)).then(respond, (error) =>
      respond({ error: error instanceof Error ? error.message : String(error), bail: false }),
    );
  },
  runPlugin: (call: grpc.ServerWritableStream<messages.RunPluginRequest, messages.RunPluginResponse>) => {
    const sink = sinkTo(call, () => new messages.RunPluginResponse());
    runPlugin(call.request, sink, lifetime(call)).then(
      (code) => {
        if (code !== 0) {
          const response = new messages.RunPluginResponse();
          response.setExitcode(code);
          call.write(response);
        }
        call.end();
      },
      (error) => call.emit("error", fail(error)),
    );
  },
  cancel: answer((_: Empty) => {
    cancelled.abort();
    return new Empty();
  }),
});
void listen(server);
