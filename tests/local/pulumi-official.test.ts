/** When the official CLI and plugins are used, and how often a machine without internet asks for them. */
import { equal, throws } from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { officialAvailable, officialInstalled } from "../../local/pulumi/official";
import { parseChoice } from "../../local/pulumi/plugins";
import { OFFICIAL_CLI, PROVIDERS } from "../../local/pulumi/versions";

describe("the official CLI and plugins", () => {
  let folder: string;
  let home: string;
  let note: string;
  let asked: number;

  const unreachable = async () => {
    asked++;
    throw new Error("no internet");
  };

  function install(...left: string[]): void {
    const bin = join("versions", OFFICIAL_CLI, "bin");
    const plugins = Object.entries(PROVIDERS).map(([name, version]) =>
      join("plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`),
    );
    for (const path of [join(bin, "pulumi"), join(bin, "pulumi-language-nodejs"), ...plugins]) {
      if (left.some((name) => path.endsWith(name))) continue;
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), "");
    }
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "service-stack-official-"));
    home = join(folder, "home");
    note = join(folder, "note.json");
    asked = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("are used without asking where they are installed", async () => {
    install();
    equal(await officialAvailable(home, note, unreachable), true);
    equal(asked, 0);
  });

  it("are not there as long as one of them is missing", () => {
    for (const missing of ["bin/pulumi", "pulumi-language-nodejs", "pulumi-resource-docker"]) {
      rmSync(home, { recursive: true, force: true });
      install(missing);
      equal(officialInstalled(home), false, missing);
    }
  });

  it("are used after they could be downloaded", async () => {
    equal(await officialAvailable(home, note, async () => install()), true);
  });

  it("are asked for once a day where they can't be reached", async () => {
    equal(await officialAvailable(home, note, unreachable), false);
    equal(await officialAvailable(home, note, unreachable), false);
    equal(asked, 1);
    const answer = JSON.parse(readFileSync(note, "utf8"));
    writeFileSync(note, JSON.stringify({ ...answer, at: answer.at - 25 * 3600 * 1000 }));
    await officialAvailable(home, note, unreachable);
    equal(asked, 2);
  });

  it("are asked for again when other versions are wanted", async () => {
    await officialAvailable(home, note, unreachable);
    const answer = JSON.parse(readFileSync(note, "utf8"));
    writeFileSync(note, JSON.stringify({ ...answer, versions: { ...answer.versions, docker: "0.0.1" } }));
    await officialAvailable(home, note, unreachable);
    equal(asked, 2);
  });

  it("are not taken for there when a download ends without them", async () => {
    equal(await officialAvailable(home, note, async () => install("pulumi-resource-random")), false);
  });
});

describe("SERVICE_STACK_PLUGINS", () => {
  it("may be official, local, auto or nothing", () => {
    equal(parseChoice(undefined), "auto");
    equal(parseChoice(""), "auto");
    equal(parseChoice("official"), "official");
    equal(parseChoice("local"), "local");
    throws(() => parseChoice("Local"), /must be official, local or auto/);
  });
});
