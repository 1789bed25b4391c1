// Which git commit an image's sources are of. Asked only where images are built.

import { execFileSync } from "node:child_process";
import { relative } from "node:path";

/** Where CI systems say which commit they run for, for builds without git or with the sources alone. */
export const VARIABLES = [
  "GITHUB_SHA", // GitHub Actions, Gitea, Forgejo
  "CI_COMMIT_SHA", // GitLab, Woodpecker
  "BUILDKITE_COMMIT",
  "CIRCLE_SHA1",
  "BITBUCKET_COMMIT",
  "BUILD_SOURCEVERSION", // Azure Pipelines
  "CODEBUILD_RESOLVED_SOURCE_VERSION",
  "DRONE_COMMIT_SHA",
  "TRAVIS_COMMIT",
  "SEMAPHORE_GIT_SHA",
  "COMMIT_SHA", // Google Cloud Build
  "GIT_COMMIT", // Jenkins, TeamCity
];

const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/**
 * The commit that the sources in `context` and the `dockerfile` are of, with `-dirty` behind it where they hold changes
 * that aren't committed; `undefined` where nobody knows.
 */
export function commitOf(
  context: string,
  dockerfile: string,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  return (
    commitInWorkTree(context, dockerfile) ??
    VARIABLES.map((name) => environment[name]).find((value) => value !== undefined && COMMIT.test(value))
  );
}

function commitInWorkTree(context: string, dockerfile: string): string | undefined {
  const status = ["--no-optional-locks", "status", "--porcelain=v2", "--branch"];
  // Changes elsewhere in the repository, such as in Pulumi.dev.yaml, are no changes of the image.
  const paths = ["--", ".", relative(context, dockerfile)];
  let said: string;
  try {
    said = execFileSync("git", ["-C", context, ...status, ...paths], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 20_000,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch {
    // No git, no work tree, or one of another user's: somebody else may know.
    return undefined;
  }
  const lines = said.split("\n").filter((line) => line !== "");
  const commit = /^# branch\.oid (\S+)$/m.exec(said)?.[1] ?? "";
  if (!COMMIT.test(commit)) return undefined;
  return lines.some((line) => !line.startsWith("#")) ? `${commit}-dirty` : commit;
}
