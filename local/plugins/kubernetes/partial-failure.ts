// An operation that changed the cluster and yet didn't end well: the engine must record the object, and why it
// isn't as it should be, so that the next update tries again.
import { NotReadyError } from "./await/readiness";
import type { Fields } from "./object";

export class PartialFailure extends Error {
  readonly reasons: string[];
  constructor(
    readonly id: string,
    message: string,
    cause: unknown,
    readonly state: Fields,
    readonly inputs?: Fields,
  ) {
    super(message);
    this.reasons = [message, ...(cause instanceof NotReadyError ? cause.problems : [])];
  }
}

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
