/**
 * How a plugin lives: it listens on a free port, tells the engine which by one line on stdout, and ends with
 * the engine. What it serves is left to its callers.
 */
import { type Server, ServerCredentials } from "@grpc/grpc-js";

export async function listen(server: Server): Promise<void> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  process.stdout.write(`${port}\n`);
  // The engine interrupts its plugins when a run is over; it has said all it wanted by then.
  process.on("SIGINT", () => process.exit(0));
  process.on("SIGTERM", () => process.exit(0));
  // It holds our stdin open as long as it lives: an engine that was killed must not leave plugins behind.
  process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0));
  process.stdin.resume();
}
