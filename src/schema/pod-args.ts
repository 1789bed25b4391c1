// The public arguments of the pods around a container: as whom they run.

/** The pods of a role. */
export interface PodArgs {
  /**
   * The numeric user to run as.
   *
   * @default - the image's USER, which must be a number other than 0
   * @asType integer
   */
  runAsUser?: number;

  /**
   * The numeric group to run as.
   *
   * @default - the image's own for that user
   * @asType integer
   */
  runAsGroup?: number;

  /**
   * The group that volumes belong to, and that the process is in beside its own. All roles that mount a volume
   * must have the same.
   *
   * @default - 10001, where there is a volume or a file that not everybody may read
   * @asType integer
   */
  fsGroup?: number;

  /**
   * Further groups of the process, such as the one that files on a network share belong to.
   *
   * @default - none
   */
  supplementalGroups?: number[];
}
