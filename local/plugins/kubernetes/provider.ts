// The ResourceProvider protocol, spoken to the engine: unpacks requests, calls the operation, packs answers and
// errors. Decides nothing itself.
import { setMaxListeners } from "node:events";
import { Metadata, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { check } from "./check";
import { checkConfig, diffConfig, optionsFrom } from "./configuration";
import { connect } from "./connect";
import { create } from "./create";
import { remove } from "./delete";
import type { Differences } from "./diff";
import { engineLog, type Send } from "./log";
import { messageOf, PartialFailure } from "./partial-failure";
import { decode, encode } from "./properties";
import { read } from "./read";
import { diff } from "./resource-diff";
import type { Session } from "./session";
import { update } from "./update";

/** Build metadata tells what answers here; the number is that of the SDK whose provider it stands in for. */
export const version = () =>
  `${(require("@pulumi/kubernetes/package.json") as { version: string }).version}+stand-in`;

export function provider(engineAddress: string | undefined) {
  const cancel = new AbortController();
  setMaxListeners(0, cancel.signal);
  let send: Send = engineLog(engineAddress);
  let configured: Session | undefined;
  const session = () => {
    if (configured === undefined) throw new Error("the provider has not been configured");
    return configured;
  };
  const pack = (properties: Parameters<typeof encode>[0]) => encode(properties, session().acceptSecrets);
  const refused = (what: string) => async () => {
    throw new Error(`the stand-in for the Kubernetes provider doesn't support ${what}`);
  };

  const operations = {
    async getPluginInfo() {
      const info = new PluginInfo();
      info.setVersion(version());
      return info;
    },
    async getSchema() {
      const description = "Stand-in for the official Kubernetes provider; types come from @pulumi/kubernetes";
      const response = new rpc.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: "kubernetes", version: version(), description }));
      return response;
    },
    async checkConfig(request: rpc.CheckRequest) {
      const response = new rpc.CheckResponse();
      response.setInputs(request.getNews());
      response.setFailuresList(checkConfig(decode(request.getNews())).map(failure));
      return response;
    },
    async diffConfig(request: rpc.DiffRequest) {
      const { changes, diffs, replaces } = diffConfig(decode(request.getOlds()), decode(request.getNews()));
      const response = new rpc.DiffResponse();
      response.setChanges(changed(changes));
      response.setDiffsList(diffs);
      response.setReplacesList(replaces);
      return response;
    },
    async configure(request: rpc.ConfigureRequest) {
      const options = optionsFrom(new Map(request.getVariablesMap().entries()));
      configured = await connect(options, request.getAcceptsecrets(), send, cancel.signal);
      const response = new rpc.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    },
    async check(request: rpc.CheckRequest) {
      const wish = request.getAutonaming();
      const modes = rpc.CheckRequest.AutonamingOptions.Mode;
      const { inputs, failures } = await check(
        session(),
        request.getUrn(),
        decode(request.getOlds()),
        decode(request.getNews()),
        request.getRandomseed_asU8(),
        wish && { disabled: wish.getMode() === modes.DISABLE, proposed: wish.getProposedName() },
      );
      const response = new rpc.CheckResponse();
      response.setInputs(pack(inputs));
      response.setFailuresList(failures.map(failure));
      return response;
    },
    async diff(request: rpc.DiffRequest) {
      const olds = decode(request.getOlds());
      const found = await diff(
        session(),
        request.getUrn(),
        olds,
        decode(request.getNews()),
        request.getIgnorechangesList(),
      );
      const response = new rpc.DiffResponse();
      response.setChanges(changed(found.changes));
      response.setReplacesList(found.replaces);
      response.setDeletebeforereplace(found.deleteBeforeReplace);
      response.setHasdetaileddiff(true);
      detail(response, found.detailed);
      return response;
    },
    async create(request: rpc.CreateRequest) {
      const news = decode(request.getProperties());
      const { id, state } = await create(
        session(),
        request.getUrn(),
        news,
        request.getTimeout(),
        request.getPreview(),
      );
      const response = new rpc.CreateResponse();
      response.setId(id);
      response.setProperties(pack(state));
      return response;
    },
    async read(request: rpc.ReadRequest) {
      const olds = decode(request.getProperties());
      const found = await read(
        session(),
        request.getUrn(),
        request.getId(),
        olds,
        decode(request.getInputs()),
      );
      const response = new rpc.ReadResponse();
      response.setId(found.id);
      if (found.state) response.setProperties(pack(found.state));
      if (found.inputs) response.setInputs(pack(found.inputs));
      return response;
    },
    async update(request: rpc.UpdateRequest) {
      const state = await update(
        session(),
        request.getUrn(),
        decode(request.getOlds()),
        decode(request.getNews()),
        request.getIgnorechangesList(),
        request.getTimeout(),
        request.getPreview(),
      );
      const response = new rpc.UpdateResponse();
      response.setProperties(pack(state));
      return response;
    },
    async delete(request: rpc.DeleteRequest) {
      await remove(
        session(),
        request.getUrn(),
        request.getId(),
        decode(request.getProperties()),
        request.getTimeout(),
      );
      return new Empty();
    },
    async cancel() {
      cancel.abort();
      return new Empty();
    },
    async attach(request: { getAddress(): string }) {
      send = engineLog(request.getAddress());
      return new Empty();
    },
    async getMapping() {
      return new rpc.GetMappingResponse();
    },
    async getMappings() {
      return new rpc.GetMappingsResponse();
    },
    async invoke(request: rpc.InvokeRequest) {
      throw new Error(
        `the stand-in for the Kubernetes provider doesn't support the function ${request.getTok()}`,
      );
    },
    construct: refused("components (charts, YAML files, kustomizations)"),
    call: refused("methods"),
    parameterize: refused("parameterization"),
  };

  type Operation = (request: never) => Promise<unknown>;
  const unary =
    (operation: Operation) => (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) => {
      operation(call.request as never)
        .finally(() => send.delivered())
        .then(
          (response) => answer(null, response),
          (error: unknown) => answer(problem(error)),
        );
    };
  const problem = (error: unknown) => {
    const message = messageOf(error);
    const metadata = new Metadata();
    if (error instanceof PartialFailure) {
      const failed = new rpc.ErrorResourceInitFailed();
      failed.setId(error.id);
      failed.setProperties(pack(error.state));
      if (error.inputs) failed.setInputs(pack(error.inputs));
      failed.setReasonsList(error.reasons);
      const any = new Any();
      any.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
      const whole = new Status();
      whole.setCode(status.UNKNOWN);
      whole.setMessage(message);
      whole.addDetails(any);
      metadata.add("grpc-status-details-bin", Buffer.from(whole.serializeBinary()));
    }
    return { code: status.UNKNOWN, details: message, metadata };
  };
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [name, unary(operation as Operation)]),
  );
}

function failure({ property, reason }: { property: string; reason: string }): rpc.CheckFailure {
  const result = new rpc.CheckFailure();
  result.setProperty(property);
  result.setReason(reason);
  return result;
}

const changed = (changes: boolean) =>
  changes ? rpc.DiffResponse.DiffChanges.DIFF_SOME : rpc.DiffResponse.DiffChanges.DIFF_NONE;

function detail(response: rpc.DiffResponse, differences: Differences): void {
  const { Kind } = rpc.PropertyDiff;
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  } as const;
  for (const [path, { change, replace, ofInputs }] of differences) {
    const difference = new rpc.PropertyDiff();
    difference.setKind(kinds[change][replace ? 1 : 0]);
    difference.setInputdiff(ofInputs);
    response.getDetaileddiffMap().set(path, difference);
  }
}
