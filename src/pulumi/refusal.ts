// How a deployment is refused: a message for the user, and nothing else.

import * as pulumi from "@pulumi/pulumi";

/** An error that shows `message` alone. */
export function refusal(message: string): Error {
  const error = new pulumi.RunError(message);
  // Frames would tell the user nothing, and those of Pulumi's SDK keep Node 20 busy for most of a minute.
  error.stack = message;
  return error;
}
