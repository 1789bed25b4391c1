/** The `runtime.options` of Pulumi.yaml that the language host knows, checked. */

export interface Options {
  typescript: boolean;
  tsconfig?: string;
  nodeargs: string[];
  production: boolean;
}

function booleanOption(options: Record<string, unknown>, key: string): boolean | undefined {
  const value = options[key] ?? undefined;
  if (value === undefined || typeof value === "boolean") return value;
  throw new Error(`runtime option ${key} must be a boolean, got: ${value}`);
}

function stringOption(options: Record<string, unknown>, key: string): string | undefined {
  const value = options[key] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new Error(`runtime option ${key} must be a string, got: ${value}`);
}

/** Words as a shell splits them: quotes keep blanks together. */
export function words(line: string): string[] {
  const found = line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return found.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

export function parseOptions(options: Record<string, unknown>): Options {
  const packageManager = stringOption(options, "packagemanager") ?? "auto";
  if (packageManager !== "auto" && packageManager !== "npm") {
    throw new Error(
      `the local platform's language host installs with npm, not ${packageManager}; ` +
        "the official one does (SERVICE_STACK_PLUGINS=official)",
    );
  }
  const tsconfig = stringOption(options, "tsconfig");
  return {
    typescript: booleanOption(options, "typescript") ?? true,
    ...(tsconfig ? { tsconfig } : {}),
    nodeargs: words(stringOption(options, "nodeargs") ?? ""),
    production: booleanOption(options, "production") ?? false,
  };
}

/** Tells the SDK's runner how to load the program; a value inherited from elsewhere must not decide. */
export function environmentOf(options: Options, base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PULUMI_NODEJS_TYPESCRIPT: _t, PULUMI_NODEJS_TSCONFIG_PATH: _p, ...rest } = base;
  return {
    ...rest,
    ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(options.tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig } : {}),
  };
}
