// The public arguments of patches: what the user changes in objects that this package makes.

/** A change of Kubernetes objects that the stack is made of: exactly one of `merge` and `jsonPatch`. */
export interface PatchArgs {
  /**
   * Whether it is applied.
   *
   * @default true
   */
  enabled?: boolean;

  /**
   * The kind of the objects.
   *
   * @example "Deployment"
   */
  kind: string;

  /**
   * The role that the objects belong to, such as `backend` or the name of a worker.
   *
   * @default - all roles
   * @example "backend"
   */
  role?: string;

  /**
   * The name of one object, as `service-stack render` prints it.
   *
   * @default - all names
   * @example "notes-backend"
   */
  name?: string;

  /**
   * A strategic merge patch, as `kubectl patch` has it: maps are merged key by key, null removes a key; lists whose
   * items have a name (containers, variables, volumes…) are merged by it, `$patch: delete` beside the name removes the
   * item; other lists are replaced.
   *
   * @example { "spec": { "template": { "spec": { "priorityClassName": "high" } } } }
   * @see https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
   */
  // biome-ignore lint/suspicious/noExplicitAny: any field of any kind
  merge?: { [field: string]: any };

  /**
   * A JSON Patch: operations that are applied one after the other.
   *
   * @example [{ "op": "remove", "path": "/spec/template/spec/containers/0/livenessProbe" }]
   * @see https://www.rfc-editor.org/rfc/rfc6902
   */
  jsonPatch?: PatchOperationArgs[];
}

/** One operation of a JSON Patch. */
export interface PatchOperationArgs {
  /** What it does. */
  op: PatchOperation;

  /**
   * Where, as a JSON pointer; `~1` stands for a `/` in a key, `~0` for a `~`, and `-` for the end of a list.
   *
   * @example "/metadata/annotations/example.com~1team"
   */
  path: string;

  /**
   * From where, for `move` and `copy`.
   *
   * @example "/metadata/labels/team"
   */
  from?: string;

  /**
   * The value, for `add`, `replace` and `test`.
   *
   * @example "notes"
   */
  // biome-ignore lint/suspicious/noExplicitAny: any value
  value?: any;
}

/** What an operation of a JSON Patch does. */
export const PatchOperation = {
  /** Puts a value into a map or a list, over what is there in a map. */
  add: "add",
  /** Takes away what is there. */
  remove: "remove",
  /** Puts a value in the place of what is there. */
  replace: "replace",
  /** Takes away what is at `from`, and adds it. */
  move: "move",
  /** Adds what is at `from`. */
  copy: "copy",
  /** Refuses the patch where something else is there. */
  test: "test",
} as const;
export type PatchOperation = (typeof PatchOperation)[keyof typeof PatchOperation];
