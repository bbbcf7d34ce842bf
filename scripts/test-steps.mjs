import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectNode, root, run } from './processes.mjs';
import { addCounts, countPlaywright, countVitest } from './test-counts.mjs';

const playwrightConfiguration = 'tests/e2e/playwright.config.ts';

/** Format, lint and types: each is one failure when it fails, and nothing otherwise. */
const staticSteps = [
  { name: 'Formato', file: 'oxfmt', arguments: ['--check'] },
  { name: 'Reglas', file: 'oxlint', arguments: ['--type-aware', '--deny-warnings'] },
  { name: 'Tipos', file: 'tsc', arguments: ['-b'] },
  { name: 'Ficheros y paquetes que sobran', file: 'knip', arguments: ['--no-progress'] },
];

export async function check() {
  return conclude([...(await runStaticSteps({})), await vitest('Pruebas rápidas junto al código', ['unit'], {})]);
}

/**
 * Three rows beside each other. Window and cards wait most of the time, the cards for one reader that serves one test at a
 * time; whatever computes stands back for both on the same cores, but not so far that an authority of its own answers too late
 * for a counter that waits four seconds.
 */
export async function test() {
  const rows = await Promise.all([runInWindow(), quietly(runOnReaders), quietly(runBeside)]);
  return conclude(rows.flat());
}

async function runInWindow() {
  return [await playwright(projectsOf('chromium-shell', 'electron-shell'), {})];
}

async function runOnReaders(output) {
  const options = { output };
  return [
    await vitest('Pruebas con lectores de tarjetas', ['readers'], options),
    await playwright(projectsOf('chromium-cards'), options),
  ];
}

async function runBeside(output) {
  const options = { output, niceness: 4 };
  // In one run, so that one slow file does not leave a core idle.
  const projects = ['unit', 'parts', 'integration'];
  const beside = await vitest('Pruebas junto al código y de integración', projects, options);
  return [beside, ...(await runStaticSteps(options))];
}

/** Playwright with the caller's own arguments, such as `--project electron-shell`. */
export async function endToEnd(commandArguments) {
  return conclude([await playwright(commandArguments, {})]);
}

/** @param {{ output?: number, niceness?: number }} options as for `run` */
async function runStaticSteps(options) {
  const counts = [];
  for (const step of staticSteps) {
    title(step.name, options.output);
    const code = await run(path.join(root, 'node_modules', '.bin', step.file), step.arguments, options);
    if (code !== 0) counts.push({ passed: 0, failed: 1 });
  }
  return counts;
}

/** Beside something else: what the steps say comes when all of them have ended. */
async function quietly(steps) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ventanilla-steps-'));
  const file = path.join(folder, 'output');
  const output = openSync(file, 'w');
  try {
    const counts = await steps(output);
    process.stdout.write(readFileSync(file));
    return counts;
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true, force: true });
  }
}

function vitest(name, projects, options) {
  title(name, options.output);
  return withReport(countVitest, (report) =>
    run(
      projectNode,
      [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--config',
        'scripts/vitest.config.mjs',
        ...projectsOf(...projects),
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
      ],
      options,
    ),
  );
}

function projectsOf(...names) {
  return names.flatMap((name) => ['--project', name]);
}

function playwright(commandArguments, options) {
  title('Pruebas de la ventana', options.output);
  if (!existsSync(path.join(root, playwrightConfiguration))) {
    console.error(`Falta ${playwrightConfiguration}: no hay pruebas de la ventana que ejecutar.`);
    return { passed: 0, failed: 1 };
  }
  const command = [projectNode, 'node_modules/@playwright/test/cli.js', 'test', '-c', playwrightConfiguration];
  const reporters = commandArguments.some((argument) => argument.startsWith('--reporter'))
    ? []
    : ['--reporter=list,json'];
  return withReport(countPlaywright, (report) => {
    const [file, ...rest] = underDisplay([...command, ...reporters, ...commandArguments]);
    return run(file, rest, { ...options, env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report } });
  });
}

/** Puts a virtual screen around a command where there is none and Xvfb can give one. */
export function underDisplay(command) {
  if (hasDisplay() || !canGiveDisplay()) return command;
  return ['xvfb-run', '--auto-servernum', '--server-args=-screen 0 1280x800x24', ...command];
}

export function hasDisplay() {
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

export function canGiveDisplay() {
  return spawnSync('xvfb-run', ['--help'], { stdio: 'ignore' }).status === 0;
}

/** A run that ends badly without saying so in its report is one failure more. */
async function withReport(count, start) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ventanilla-report-'));
  try {
    const report = path.join(folder, 'report.json');
    const code = await start(report);
    const counts = existsSync(report) ? count(JSON.parse(readFileSync(report, 'utf8'))) : { passed: 0, failed: 0 };
    return code !== 0 && counts.failed === 0 ? { passed: counts.passed, failed: 1 } : counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function conclude(all) {
  const { passed, failed } = addCounts(all);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function title(text, output = process.stdout.fd) {
  writeSync(output, `\n— ${text}\n`);
}
