// The public arguments of objects that this package knows nothing of.

/** A Kubernetes object of the user's own, beside those that the stack is made of. */
export interface ExtraObjectArgs {
  /**
   * Whether it is there.
   *
   * @default true
   */
  enabled?: boolean;

  /**
   * The object: `apiVersion`, `kind`, and whatever its kind has. It lies in the stack's namespace unless it names
   * another; without a name it gets one. Texts may contain references such as `${backend.host}`; those to secrets only in
   * a Secret.
   *
   * @example { "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "banner" }, "data": { "text": "hello" } }
   */
  // biome-ignore lint/suspicious/noExplicitAny: any kind of object
  object: { [field: string]: any };

  /**
   * The roles and further extra objects that must be ready first.
   *
   * @default - those that its references lead to
   * @example ["backend"]
   */
  after?: string[];

  /**
   * The roles that must wait for it.
   *
   * @default - none
   * @example ["backend"]
   */
  before?: string[];

  /**
   * Whether the deployment waits until a Service, an Ingress or a volume claim is ready; other kinds that can be waited
   * for always are.
   *
   * @default false
   */
  wait?: boolean;

  /**
   * Whether it holds data: it is then left in the cluster when the stack lets go of it.
   *
   * @default - true for volume claims and namespaces
   */
  keep?: boolean;

  /**
   * Whether its kind lies in no namespace.
   *
   * @default - true for such kinds of Kubernetes and the usual ones of others
   */
  clusterScoped?: boolean;
}
