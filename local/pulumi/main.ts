/**
 * The `pulumi` command as typed in this checkout (`npx pulumi up`): chooses CLI and plugins, back end and
 * cluster, says so in the environment, and then is the CLI. `local/link.ts` puts it in the place of the
 * official launcher, which it uses; nobody who installs the npm package gets it.
 */
import { mkdirSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { stateDir } from "../platform/paths";
import { type Invocation, parseArguments } from "./arguments";
import { ensureStack, ownBackend, usersBackend, withConfigCopy } from "./backend";
import { platformEnvironment, platformIsUp, whenDown } from "./cluster";
import { launch } from "./launch";
import { cliFor, decide, homesOf, parseChoice, pluginEnvironment, Usage } from "./plugins";
import { findProject, namesCluster, stackFile, stackOf } from "./project";
import { ensureState } from "./state";

async function clusterEnvironment(
  invocation: Invocation,
  state: string,
  own: boolean,
): Promise<NodeJS.ProcessEnv> {
  if (own) return {};
  const down = invocation.help ? undefined : whenDown(invocation.command);
  if (down && !(await platformIsUp(state))) {
    process.stderr.write(`${down.message}\n`);
    if (!down.goesOn) process.exit(1);
  }
  return platformEnvironment(state);
}

async function main(): Promise<void> {
  const { env } = process;
  const choice = parseChoice(env.SERVICE_STACK_PLUGINS);
  const invocation = parseArguments(process.argv.slice(2));
  const state = stateDir();
  await ensureState(state);

  const homes = homesOf(state, env);
  const plugins = await decide(choice, homes, state);
  const project = findProject(invocation.cwd ?? process.cwd());
  const stack = stackOf(invocation, project, homes[plugins], env);
  const file = project && stack ? stackFile(project, stack) : undefined;

  const context = env.SERVICE_STACK_CONTEXT;
  const cluster = await clusterEnvironment(invocation, state, !!context || (!!file && namesCluster(file)));
  // The user's login, wherever it was made: in a home of theirs, or by `npx pulumi login` in ours.
  const login = env.PULUMI_CREDENTIALS_PATH || homes.official;
  const users = invocation.command === "login" || usersBackend(project, [login], state, env);
  const cli = await cliFor(plugins, homes);
  const full: NodeJS.ProcessEnv = {
    ...env,
    ...pluginEnvironment(plugins, homes),
    ...cluster,
    ...(users ? {} : ownBackend(state, env)),
    PULUMI_CREDENTIALS_PATH: login,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // As the official launcher does: the language hosts stand beside the CLI.
    PATH: [dirname(cli), env.PATH].filter(Boolean).join(delimiter),
  };
  mkdirSync(login, { recursive: true, mode: 0o700 });

  let { args } = invocation;
  if (project && stack && file && !invocation.help) {
    if (!users) ensureStack(cli, state, invocation, project, stack, full);
    if (!users || context) {
      args = withConfigCopy(
        invocation,
        state,
        project,
        file,
        context ? { "kubernetes:context": context } : {},
      );
    }
  }
  await launch(cli, args, full);
}

main().catch((error: unknown) => {
  process.stderr.write(`pulumi: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof Usage ? 2 : 1);
});
