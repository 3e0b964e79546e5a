/** The page of the cloud in a real browser, over real traffic: what a person sees and does. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { type ServedDataPlane, serveDataPlane } from "../../simulator/dataplane/serve.ts";
import { MetricFile } from "../../simulator/monitoring/metric-file.ts";
import { type OpenedPage, openPage } from "../../simulator/page/index.ts";
import { startBrowser } from "../support/browser.ts";
import { ask, until } from "./dataplane-world.ts";
import { PageWorld, SECRET } from "./page-world.ts";

jest.setTimeout(300_000);

const root = process.cwd();
const world = new PageWorld();
const AXE = readFileSync(join(root, "node_modules", "axe-core", "axe.min.js"), "utf8");
let browser: Browser;
let page: Page;
let opened: OpenedPage;
let served: ServedDataPlane;
const complaints: string[] = [];

beforeAll(async () => {
  await world.start();
  opened = await openPage(world.home, root);
  browser = await startBrowser();
  page = await open();
});
afterAll(async () => {
  await browser?.close();
  await served?.close(200);
  await opened?.close();
  await world.dispose();
});

async function open(options: Parameters<Browser["newPage"]>[0] = {}, url = opened.url): Promise<Page> {
  const fresh = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  fresh.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  fresh.on("pageerror", (error) => complaints.push(error.message));
  fresh.on("request", (asked) => {
    const { host } = new URL(asked.url());
    if (host !== new URL(opened.url).host) complaints.push(`asked ${asked.url()}`);
  });
  await fresh.goto(url);
  return fresh;
}

const text = async (selector: string) => (await page.locator(selector).textContent()) ?? "";

/** What accessibility rules find on the page as it is, contrast included. */
async function accessibilityProblems(target: Page): Promise<string[]> {
  await target.evaluate(AXE);
  return target.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
    );
  });
}

it("says what to do next while nothing is up, and draws what comes up without a reload", async () => {
  await page.getByText("npx causeway up local --yes").waitFor();
  await world.traffic(await world.network());
  await page.getByText("npx causeway cloud serve").waitFor();
  await page.getByRole("heading", { name: "web-live" }).waitFor();
  expect(await page.getByRole("img", { name: "Weights: web-blue 100 %, web-green 0 %" }).count()).toBe(1);
  expect(await text('[aria-label="Zone eu-west-1a"]')).toMatch(/net-public\s*10\.0\.0\.0\/24/);
  expect(await page.locator(".cell.public").count()).toBe(2);
});

it("moves weights by the keyboard alone, and shows the share that requests really got", async () => {
  const images = world.images;
  served = await serveDataPlane({ home: world.home, root, images, metrics: new MetricFile(world.home) });
  const url = served.plane.status().listeners[0]!.url;
  await page.getByText("2 of 2 healthy").nth(1).waitFor();
  expect(await page.locator(".chip.task").count()).toBe(4);
  for (let at = 0; at < 20; at++) expect((await ask(url)).text).toBe("blue");
  const shareOf = async (group: string) => Number.parseFloat(await text(`.share[data-group="${group}"]`));
  await until(async () => (await shareOf("web-blue")) === 100);

  const slider = page.getByRole("slider", { name: "Share of green" });
  await page.getByRole("link", { name: "127.0.0.1" }).focus();
  await page.keyboard.press("Tab");
  expect(await slider.evaluate((element) => element.matches(":focus"))).toBe(true);
  await page.keyboard.press("End");
  for (let at = 0; at < 50; at++) await page.keyboard.press("ArrowLeft");
  // The number is drawn in the next frame.
  await until(async () => (await page.getByRole("spinbutton", { name: "green" }).inputValue()) === "50");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("img", { name: "Weights: web-blue 50 %, web-green 50 %" }).waitFor();
  await page.getByText("Applied, by hand").waitFor();
  // The drawn bar has moved too, not only its label.
  await until(async () => {
    const [blue, green] = await page.locator(".part").evaluateAll((parts) => parts.map((part) => part.clientWidth));
    return blue !== undefined && green !== undefined && green > 0 && Math.abs(blue - green) <= 2;
  });
  await until(() => served.plane.status().listeners[0]!.rules[0]!.weights.every(({ weight }) => weight === 50));

  const answers = await Promise.all(Array.from({ length: 200 }, async () => (await ask(url)).text));
  const green = (100 * answers.filter((answer) => answer === "green").length) / answers.length;
  expect(green).toBeGreaterThan(25);
  // What was sent before the change does not count.
  await until(async () => (await text(".measured")).includes("of the last 200 requests"));
  expect(await shareOf("web-green")).toBeCloseTo(green, -0.5);
  await page.locator(".events li.weights", { hasText: "web-blue 100 → 50, web-green 0 → 50" }).waitFor();
});

it("says why AWS refuses a weight, and keeps what was typed", async () => {
  const green = page.getByRole("spinbutton", { name: "green" });
  const rule = String(world.store.list("000000000000", "aws:lb/listenerRule:ListenerRule")[0]!.state.arn);
  const [group] = world.store.list("000000000000", "aws:lb/targetGroup:TargetGroup");
  const refused = await call("POST", "/api/weights", { rule, weights: [{ targetGroup: group!.arn, weight: 1000 }] });
  expect(refused).toMatchObject({ status: 409, body: expect.stringContaining("0 - 999") });
  await green.fill("7");
  // Traffic goes on, and the page is drawn anew all the time.
  await ask(served.plane.status().listeners[0]!.url);
  await page.waitForTimeout(1_000);
  expect(await green.inputValue()).toBe("7");
  await page.getByRole("button", { name: "Undo" }).click();
  await until(async () => (await green.inputValue()) === "50");
});

it("breaks a zone and a task, shows what that does, and heals the zone", async () => {
  await page.getByRole("button", { name: "Lose zone eu-west-1b" }).click();
  await page.getByRole("group", { name: "Zone eu-west-1b, lost" }).waitFor();
  await page.locator(".events li.fault", { hasText: "zone eu-west-1b lost" }).waitFor();
  await page.getByRole("button", { name: "Restore zone eu-west-1b" }).click();
  await page.getByRole("group", { name: "Zone eu-west-1b", exact: true }).waitFor();

  const [task] = served.plane.status().tasks.filter(({ zone }) => zone === "eu-west-1a");
  const chip = page.getByRole("button", { name: task!.id.slice(0, 8) });
  await chip.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Let it answer 800 ms late" }).click();
  await page.locator(".chip", { hasText: "+800 ms" }).waitFor();
  expect(await chip.evaluate((element) => element.matches(":focus"))).toBe(true);
  await chip.click();
  await page.getByRole("button", { name: "Kill it, as a crash would" }).click();
  await page.locator(".events li.fault", { hasText: `killed task ${task!.id}` }).waitFor();
  await until(() => !served.plane.status().tasks.some(({ id }) => id === task!.id));
});

it("lists what is up and shows one resource without its secrets", async () => {
  await page.getByLabel("Search type, name, id or stack").fill("ssm pass");
  await page.getByText("1 resource", { exact: true }).waitFor();
  await page.getByRole("button", { name: "password", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("SecureString").waitFor();
  expect(await dialog.textContent()).toContain("[secret]");
  expect(await page.content()).not.toContain(SECRET);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
});

it.each([
  ["light", 1280],
  ["dark", 1280],
  ["light", 400],
] as const)("keeps accessibility rules and its width, %s at %i pixels", async (colorScheme, width) => {
  const own = await open({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
  await own.getByRole("heading", { name: "web-live" }).waitFor();
  await own.getByText("not measured here").or(own.getByText("quiet")).first().click();
  await own.locator(".resources tbody tr").first().waitFor();
  expect(await accessibilityProblems(own)).toEqual([]);
  expect(await own.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth)).toBeLessThanOrEqual(0);
  await own.locator(".chip.task").first().click();
  expect(await accessibilityProblems(own)).toEqual([]);
  await own.close();
});

it("lets in nobody without its key, no other site and no other name, and loads nothing from elsewhere", async () => {
  expect((await call("GET", "/api/resources", undefined, { authorization: "Bearer wrong" })).status).toBe(401);
  expect(
    (await call("POST", "/api/fault", { kind: "lose-zone", zone: "eu-west-1a" }, { authorization: "" })).status,
  ).toBe(401);
  expect((await call("GET", "/", undefined, { host: "evil.example.com" })).status).toBe(403);
  expect((await call("GET", "/", undefined, { host: `localhost:${new URL(opened.url).port}` })).status).toBe(200);
  expect((await call("POST", "/api/fault", { kind: "explode" })).status).toBe(400);
  expect((await call("POST", "/api/weights", "x".repeat(100_000))).status).toBe(413);
  const { headers } = await call("GET", "/");
  expect(headers["content-security-policy"]).toMatch(
    /^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+';/,
  );
  const keyless = await open({}, opened.url.split("#")[0]);
  await keyless.getByText("prints the address with the key").waitFor();
  await keyless.close();
  expect(complaints).toEqual([]);
});

it("is joined by whoever asks for it again, and its script holds to its types", async () => {
  expect(await openPage(world.home, root)).toMatchObject({ joined: true, url: opened.url, pid: process.pid });
  const compiler = join(root, "node_modules", "typescript-native", "bin", "tsc");
  execFileSync(process.execPath, [compiler, "-p", join(root, "simulator", "page", "client")]);
});

interface Called {
  readonly status: number;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** By hand, since a browser would not send such headers. */
function call(
  method: string,
  path: string,
  body?: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<Called> {
  const { hostname, port, hash } = new URL(opened.url);
  const headers = { authorization: `Bearer ${hash.replace("#key=", "")}`, ...more };
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let said = "";
      response.on("data", (chunk) => {
        said += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: said, headers: response.headers }));
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
