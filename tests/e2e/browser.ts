// A real browser, headless. It comes out of an npm package, with the libraries that a bare machine lacks.

import { type Browser, chromium } from "playwright-core";

/** Starts the browser; whoever asked for it closes it. */
export async function openBrowser(): Promise<Browser> {
  // The package unpacks its libraries only where it takes the machine for one of those it was made for.
  process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs20.x";
  const { default: packaged } = await import("@sparticuz/chromium");
  return chromium.launch({
    executablePath: await packaged.executablePath(),
    args: [
      ...packaged.args,
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
