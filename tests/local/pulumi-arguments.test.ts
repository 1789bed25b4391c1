/** What the launcher reads from a `pulumi` command line. */
import { deepEqual, equal } from "node:assert/strict";
import { parseArguments } from "../../local/pulumi/arguments";

function stackOf(line: string): string | undefined {
  return parseArguments(line.split(" ")).stack;
}

describe("a pulumi command line", () => {
  it("names its stack in every form that the CLI takes", () => {
    for (const form of ["-s dev", "-sdev", "-s=dev", "-ys dev", "-fysdev", "--stack dev", "--stack=dev"]) {
      equal(stackOf(`up ${form}`), "dev", form);
      equal(stackOf(`${form} up`), "dev", form);
    }
    equal(stackOf("up --yes"), undefined);
  });

  it("takes the last of several, as the CLI does", () => {
    equal(stackOf("up -s dev -s prod"), "prod");
  });

  it("means the command, not the value of a flag before it", () => {
    const { command, commandAt, words, cwd } = parseArguments([
      "--cwd",
      "app",
      "--color",
      "never",
      "up",
      "--yes",
    ]);
    deepEqual({ command, commandAt, words, cwd }, { command: "up", commandAt: 4, words: [], cwd: "app" });
  });

  it("knows commands by their other names", () => {
    equal(parseArguments(["update"]).command, "up");
    equal(parseArguments(["pre"]).command, "preview");
    equal(parseArguments(["down"]).command, "destroy");
    equal(parseArguments([]).command, "");
  });

  it("tells when it brings or changes a configuration of its own", () => {
    equal(parseArguments(["up", "-c", "a:b=c"]).ownConfiguration, true);
    equal(parseArguments(["up", "--config=a:b=c"]).ownConfiguration, true);
    equal(parseArguments(["up", "--config-file", "x.yaml"]).ownConfiguration, true);
    equal(parseArguments(["up", "--config-path"]).ownConfiguration, false);
  });

  it("ends where the program's own arguments begin", () => {
    const { stack, words } = parseArguments(["stack", "select", "dev", "--", "-s", "other"]);
    deepEqual({ stack, words }, { stack: undefined, words: ["select", "dev"] });
  });

  it("may only ask for help", () => {
    equal(parseArguments(["up", "--help"]).help, true);
    equal(parseArguments(["help", "up"]).help, true);
    equal(parseArguments(["up"]).help, false);
  });
});
