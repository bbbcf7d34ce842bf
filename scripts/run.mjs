#!/usr/bin/env node
// The one door: `npm start`, `npm test` and the rest come here, on any Node from 20 on and with no package installed.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureDebianPackages } from './debian-packages.mjs';
import { projectNode, root, run } from './processes.mjs';
import { ensureBuilds, ensureNpmPackages } from './set-up.mjs';
import { canGiveDisplay, check, endToEnd, hasDisplay, test } from './test-steps.mjs';

/** What each command needs before it runs, and what it runs. */
const commands = {
  start: { packages: 'start', builds: ['scanner', 'window', 'electron'], run: start },
  demo: {
    packages: 'start',
    builds: ['scanner', 'window'],
    run: (rest) => program('demo/unattended.ts', rest),
  },
  'demo:reset': { packages: null, builds: [], run: (rest) => program('demo/reset.ts', rest) },
  central: { packages: null, builds: [], run: (rest) => program('central/main.ts', rest) },
  check: { packages: 'test', builds: ['scanner'], run: check },
  test: { packages: 'test', builds: ['scanner', 'window', 'electron'], run: test },
  e2e: { packages: 'test', builds: ['scanner', 'window', 'electron'], run: endToEnd },
  bench: { packages: 'test', builds: ['scanner', 'window'], run: (rest) => program('tests/benchmarks/run.ts', rest) },
  faults: { packages: 'test', builds: ['scanner', 'window'], run: faults },
  mutations: { packages: 'test', builds: [], run: (rest) => program('tests/mutations/run.ts', rest) },
  verify: { packages: null, builds: [], run: (rest) => program('core/documents/verification/verify-command.ts', rest) },
  audit: { packages: null, builds: [], run: (rest) => program('core/host/audit-command.ts', rest) },
  desk: { packages: null, builds: [], run: (rest) => program('core/host/desk-command.ts', rest) },
  'sign-profiles': { packages: null, builds: [], run: (rest) => program('core/host/sign-profiles-command.ts', rest) },
  optimize: { packages: 'start', builds: [], run: (rest) => program('core/host/optimize-command.ts', rest) },
};

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...rest]) {
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
  if (command === undefined) {
    console.error(`Uso: node scripts/run.mjs <${Object.keys(commands).join('|')}> [opciones]`);
    return 2;
  }
  if (Number(process.versions.node.split('.')[0]) < 20) {
    console.error(`Hace falta Node 20 o posterior; este es ${process.version}.`);
    return 1;
  }
  if (command.packages !== null && !ensureDebianPackages(command.packages)) return 1;
  if (!(await ensureNpmPackages())) return 1;
  if (!(await ensureBuilds(command.builds))) return 1;
  return command.run(rest);
}

/** `doors`: the centre's doors, from outside. Otherwise desk and centre while they are killed. */
function faults([kind, ...rest]) {
  if (kind === 'doors') return program('tests/faults/doors.ts', rest);
  return program('tests/faults/run.ts', kind === undefined ? [] : [kind, ...rest]);
}

function start(rest) {
  if (!hasDisplay()) {
    const virtual = canGiveDisplay()
      ? 'xvfb-run -a npm start'
      : 'sudo apt-get install --no-install-recommends -y xvfb xauth && xvfb-run -a npm start';
    console.error(
      [
        'No hay pantalla (DISPLAY y WAYLAND_DISPLAY están vacías): la ventana no se puede abrir aquí.',
        `  Con una pantalla virtual:     ${virtual}`,
        '  Sin nadie ante la pantalla:   npm run demo -- --unattended --out CARPETA',
      ].join('\n'),
    );
    return 1;
  }
  return program('demo/start.ts', rest);
}

/** Runs one of the project's programs in the project's Node. */
function program(file, rest) {
  if (!existsSync(path.join(root, file))) {
    console.error(`Esta orden todavía no está: falta ${file}.`);
    return 1;
  }
  return run(projectNode, [file, ...rest]);
}
