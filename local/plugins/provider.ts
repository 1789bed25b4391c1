/**
 * What a stand-in for a provider implements: the engine's `ResourceProvider` protocol in plain objects and
 * promises. `serve.ts` speaks the protocol itself.
 */
import type { Properties } from "./values";

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
