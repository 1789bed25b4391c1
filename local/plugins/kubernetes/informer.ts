// One watch on a kind in a namespace, shared by all who wait there: it lists, then follows, and starts again
// where the server or the network ended it. Who subscribes late is told what there is first.
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { Cluster } from "./cluster";
import { type Fields, fields, items, type KubeObject, text, uidOf } from "./object";

export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: KubeObject;
}
type Hear = (event: WatchEvent) => void;

export class Informer {
  private readonly known = new Map<string, KubeObject>();
  private readonly hearers = new Set<Hear>();
  private synced: Promise<void> | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly path: string,
    private readonly apiVersion: string,
    private readonly kind: string,
  ) {}

  async subscribe(hear: Hear): Promise<() => void> {
    this.synced ??= this.list().then((version) => {
      void this.follow(version);
    });
    try {
      await this.synced;
    } catch (error) {
      this.synced = undefined;
      throw error;
    }
    for (const object of this.known.values()) hear({ type: "ADDED", object });
    this.hearers.add(hear);
    return () => this.hearers.delete(hear);
  }

  private tell(type: WatchEvent["type"], object: KubeObject): void {
    if (type === "DELETED") this.known.delete(uidOf(object));
    else this.known.set(uidOf(object), object);
    for (const hear of [...this.hearers]) hear({ type, object });
  }

  /** Reads all objects and tells what changed since the last time. */
  private async list(): Promise<string> {
    const answer = await this.cluster.request("GET", this.path);
    const gone = new Map(this.known);
    for (const item of items(answer, "items") as Fields[]) {
      const object: KubeObject = {
        ...item,
        apiVersion: this.apiVersion,
        kind: this.kind,
        metadata: fields(item, "metadata"),
      };
      const before = this.known.get(uidOf(object));
      gone.delete(uidOf(object));
      const version = text(object, "metadata", "resourceVersion");
      if (before === undefined) this.tell("ADDED", object);
      else if (text(before, "metadata", "resourceVersion") !== version) this.tell("MODIFIED", object);
    }
    for (const object of gone.values()) this.tell("DELETED", object);
    return text(answer, "metadata", "resourceVersion");
  }

  private async follow(from: string): Promise<void> {
    const { signal } = this.cluster;
    let version: string | undefined = from;
    while (!signal.aborted) {
      try {
        version = version === undefined ? await this.list() : await this.read(version);
      } catch {
        version = undefined;
        await pause(1000, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** One watch to its end: the version to go on from, or undefined where it has expired. */
  private async read(from: string): Promise<string | undefined> {
    const parameters = new URLSearchParams({
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: from,
    });
    const response = await this.cluster.open("GET", `${this.path}?${parameters}`);
    if (response.statusCode !== 200) {
      response.resume();
      return undefined;
    }
    let version = from;
    for await (const line of linesOf(response)) {
      const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
      if (type === "ERROR") return undefined;
      version = text(object, "metadata", "resourceVersion") || version;
      if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") this.tell(type, object);
    }
    return version;
  }
}

/** Unlike readline's, these end with the error that ended the stream. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
}
