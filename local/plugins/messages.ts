/** Between the engine's messages and plain objects, errors too. Which message answers which is `serve.ts`. */
import * as grpc from "@grpc/grpc-js";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type Difference, type Failure, PartialFailure } from "./provider";
import { clean, type Properties } from "./values";

export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(clean(properties) as Record<string, JavaScriptValue>);
}

export function fromStruct(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

export function toFailures(failures: Failure[] = []): messages.CheckFailure[] {
  return failures.map(({ property, reason }) => {
    const failure = new messages.CheckFailure();
    failure.setProperty(property ?? "");
    failure.setReason(reason);
    return failure;
  });
}

export function toCheckResponse(answer: {
  inputs: Properties;
  failures?: Failure[];
}): messages.CheckResponse {
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

export function toDiffResponse(difference: Difference): messages.DiffResponse {
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
export function toServiceError(error: unknown): Partial<grpc.ServiceError> {
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
