/** The page as one document: its style and script stand in it, and nothing else is ever loaded. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Page {
  readonly html: string;
  /** Content security policy that lets only this page's own style and script run. */
  readonly policy: string;
}

/** @param root checkout whose code runs */
export async function buildPage(root: string): Promise<Page> {
  const folder = join(root, "simulator", "page", "client");
  // Here, so that commands that show no page do not load the bundler.
  const { build } = await import("esbuild");
  const bundle = await build({
    entryPoints: [join(folder, "main.mts")],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2022",
    logLevel: "silent",
  });
  const script = (bundle.outputFiles[0]?.text ?? "").replaceAll("</script", "<\\/script").trim();
  const style = readFileSync(join(folder, "page.css"), "utf8");
  const html = readFileSync(join(folder, "page.html"), "utf8")
    .replace("/* style */", () => style)
    .replace("/* script */", () => script);
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return { html, policy };
}

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
