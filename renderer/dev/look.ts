// oxlint-disable no-restricted-imports -- a tool of the developer that runs on Node, outside of the window and its bundle
import AxeBuilder from '@axe-core/playwright';
import { mkdir, readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import type { BrowserContextOptions, Page } from 'playwright';
import { build } from 'vite';
import { walk } from './walk.ts';

/**
 * Shows every screen of the built window under the product's content policy, on the stand-in: pictures into
 * test-results/look, and axe's findings, console errors and horizontal scroll as failures.
 */
const rendererFolder = fileURLToPath(new URL('..', import.meta.url));
// Its own copy: dist/renderer may be in use by a running desk.
const builtFolder = fileURLToPath(new URL('../../node_modules/.cache/renderer-look/', import.meta.url));
const picturesFolder = fileURLToPath(new URL('../../test-results/look/', import.meta.url));
const origin = 'https://registro.test';
const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
};
const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; worker-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

type Look = Readonly<{
  name: string;
  options: BrowserContextOptions;
  routes: readonly ('paper' | 'officer' | 'citizenCard' | 'broughtSigned')[];
}>;
const allRoutes = ['paper', 'officer', 'citizenCard', 'broughtSigned'] as const;
const looks: readonly Look[] = [
  {
    name: 'light',
    options: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
    routes: allRoutes,
  },
  {
    name: 'dark',
    options: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
    routes: allRoutes,
  },
  // Text zoom of 200 % leaves half of the pixels in each direction.
  {
    name: 'zoom',
    options: { viewport: { width: 640, height: 400 }, colorScheme: 'light', deviceScaleFactor: 2 },
    routes: ['paper', 'broughtSigned'],
  },
  {
    name: 'contrast',
    options: { viewport: { width: 1280, height: 800 }, contrast: 'more', reducedMotion: 'reduce' },
    routes: allRoutes,
  },
];

async function bundleStandIn(): Promise<string> {
  const made = await build({
    configFile: false,
    logLevel: 'warn',
    root: rendererFolder,
    build: {
      write: false,
      minify: false,
      lib: { entry: 'dev/stand-in/install.ts', formats: ['iife'], name: 'standInBundle' },
    },
  });
  const outputs = Array.isArray(made) ? made : [made];
  for (const result of outputs) {
    if (!('output' in result)) continue;
    const [chunk] = result.output;
    return chunk.code;
  }
  throw new Error('the stand-in was not built');
}

async function serve(page: Page): Promise<void> {
  await page.route(`${origin}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    const file = normalize(join(builtFolder, pathname === '/' ? 'index.html' : pathname));
    try {
      await route.fulfill({
        body: await readFile(file),
        contentType: mediaTypes[extname(file)] ?? 'application/octet-stream',
        headers: { 'Content-Security-Policy': contentPolicy },
      });
    } catch {
      await route.fulfill({ status: 404, body: '' });
    }
  });
}

async function main(): Promise<number> {
  // «light:paper» shows one look of one route.
  const [only, onlyRoute] = process.argv[2]?.startsWith('--') === false ? process.argv[2].split(':') : [];
  await mkdir(picturesFolder, { recursive: true });
  if (!process.argv.includes('--built'))
    await build({
      configFile: join(rendererFolder, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir: builtFolder },
    });
  const standIn = await bundleStandIn();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const findings: string[] = [];
  try {
    for (const look of looks.filter(({ name }) => only === undefined || name === only)) {
      for (const route of look.routes.filter((known) => onlyRoute === undefined || known === onlyRoute)) {
        const context = await browser.newContext({ ...look.options, locale: 'en-US' });
        const page = await context.newPage();
        page.setDefaultTimeout(30_000);
        page.on('console', (message) => {
          if (message.type() === 'error' || message.type() === 'warning')
            findings.push(`${look.name} console: ${message.text()}`);
        });
        page.on('pageerror', (error) => findings.push(`${look.name} page: ${error.message}`));
        await page.addInitScript(standIn);
        await serve(page);
        await page.goto(`${origin}/`);
        let count = 0;
        const show = async (name: string) => {
          count += 1;
          await page.waitForTimeout(150);
          await page.screenshot({
            path: join(picturesFolder, `${look.name}-${route}-${String(count).padStart(2, '0')}-${name}.png`),
          });
          // While a list hangs open react-aria hides the rest from assistive technology, which axe takes for a fault.
          if ((await page.locator('[data-trigger="ComboBox"]').count()) > 0) return;
          const { violations } = await new AxeBuilder({ page })
            .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
            .analyze();
          for (const { id, nodes } of violations)
            findings.push(
              `${look.name} ${name} axe ${id}: ${nodes
                .slice(0, 3)
                .map(({ html, failureSummary }) => `${html.slice(0, 160)} ${(failureSummary ?? '').slice(0, 200)}`)
                .join(' | ')}`,
            );
          const excess = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          if (excess > 0) findings.push(`${look.name} ${name} scrolls ${String(excess)} px to the side`);
        };
        try {
          await walk(page, route, show);
        } catch (error) {
          findings.push(`${look.name} ${route} stopped: ${String(error)}`);
          await page.screenshot({ path: join(picturesFolder, `${look.name}-${route}-stopped.png`) });
        }
        await context.close();
      }
    }
  } finally {
    await browser.close();
  }
  for (const finding of findings) console.log(finding);
  console.log(`${String(findings.length)} findings; pictures in test-results/look`);
  return findings.length === 0 ? 0 : 1;
}

process.exitCode = await main();
