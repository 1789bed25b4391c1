// The public arguments of requests from outside.

/** Requests from outside. */
export interface IngressArgs {
  /**
   * The ingress class, that is, which controller answers.
   *
   * @default - the cluster's default class
   */
  ingressClassName?: string;

  /**
   * The namespace that the controller's pods run in; only from there may requests reach the processes.
   *
   * @default - the class' name (`traefik`), or any namespace where no class is given
   */
  controllerNamespace?: string;

  /** Encryption. */
  tls?: TlsArgs;
}

/** Encryption of requests from outside. */
export interface TlsArgs {
  /**
   * Whether the host is served over https. In prod it must be.
   *
   * @default - false in dev, true in acc and prod
   */
  enabled?: boolean;

  /**
   * The Secret (type `kubernetes.io/tls`, in the stack's namespace) with the certificate.
   *
   * @default - the controller's default certificate
   */
  secretName?: string;
}
