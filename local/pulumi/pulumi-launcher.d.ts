/** The parts of the official launcher (npm package `pulumi`, plain JavaScript) that are used here. */
declare module "pulumi/lib/download" {
  export function installCLI(
    version: string,
    root: string,
    io: { fetchText(url: string): Promise<string>; execScript(script: string, args: string[]): void },
  ): Promise<void>;
}

declare module "pulumi/lib/resolve" {
  export function resolve(): Promise<string>;
}
