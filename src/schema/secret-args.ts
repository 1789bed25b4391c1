// The public arguments of a secret.

import type { Input } from "@pulumi/pulumi";

/** A secret: generated, given, or taken from a Secret that is in the cluster already. */
export interface SecretArgs {
  /**
   * How much to generate: characters of the format `alphanumeric`, bytes of the others.
   *
   * @default 32
   * @asType integer
   * @minimum 16
   * @maximum 1024
   */
  length?: number;

  /**
   * What to generate.
   *
   * @default - `alphanumeric`: letters and digits
   * @example "base64url"
   */
  format?: SecretFormat;

  /**
   * Whether one may be generated. With false a `value` or a `secretKeyRef` must be given, for what somebody else knows
   * too.
   *
   * @default true
   */
  generate?: boolean;

  /**
   * The value, where it is not to be generated. Give it encrypted:
   * `pulumi config set --secret --path '<name>:stack.secrets.<secret>.value'`.
   *
   * @default - generated
   */
  value?: Input<string>;

  /**
   * A key of a Secret in the stack's namespace that something else keeps there, such as External Secrets. Its value never
   * passes through Pulumi; pods don't notice when it changes.
   *
   * @default - generated
   * @example { "name": "smtp", "key": "password" }
   */
  secretKeyRef?: SecretKeyRefArgs;
}

/** A key of a Secret of Kubernetes. */
export interface SecretKeyRefArgs {
  /** The Secret's name. */
  name: string;
  /** The key in it. */
  key: string;
  /**
   * Whether its value has only characters that a URL takes as they are (letters, digits, `-`, `.`, `_`, `~`). Kubernetes
   * can't encode it: where it has others, it can't stand in a URL.
   *
   * @default false
   */
  urlSafe?: boolean;
}

/** What a generated secret is made of. */
export const SecretFormat = {
  /** Letters and digits. */
  alphanumeric: "alphanumeric",
  /** Random bytes as hexadecimal digits, two for each byte. */
  hex: "hex",
  /** Random bytes in base64. */
  base64: "base64",
  /** Random bytes in URL-safe base64 with padding, as Fernet keys are. */
  base64url: "base64url",
} as const;
export type SecretFormat = (typeof SecretFormat)[keyof typeof SecretFormat];
