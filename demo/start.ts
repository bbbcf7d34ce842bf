import { spawn } from 'node:child_process';
import path from 'node:path';
import { demonstrationPassphrase, demonstrationPin } from './credentials.ts';
import { openOffice } from './office.ts';
import { createPanel } from './panel/panel.ts';
import { openPanelWindow } from './panel/panel-window.ts';
import { demoPaths } from './paths.ts';
import { claimDemonstration } from './running.ts';
import { findShell, shellCommand } from './shells.ts';

/** `npm start`: the demonstration office and the counter's window, until the window is closed. */
const paths = demoPaths();
const release = await claimDemonstration(paths.running);
if (release === null) {
  console.error('La demostración ya está abierta en otra ventana.');
  process.exit(1);
}
const shell = findShell();
if (shell === null) {
  console.error('No hay Electron ni Chromium en este equipo. Instale Chromium: sudo apt-get install chromium');
  await release();
  process.exit(1);
}

console.log('Abriendo la oficina de demostración…');
const office = await openOffice(paths, { readsText: true, tell: (sentence) => console.log(`  ${sentence}`) });
const panel = await createPanel({
  actions: office.actions,
  hints: [
    { title: 'Frase de paso del puesto', value: demonstrationPassphrase },
    { title: 'PIN de las tarjetas y del sello', value: demonstrationPin },
    { title: 'Comprobar un código', value: office.verificationUrl },
  ],
});
for (const sentence of (await office.actions.readState()).standIns) console.log(`  ${sentence}`);
console.log(`  Panel de la demostración: ${panel.url}`);
console.log(`  Comprobación de códigos:  ${office.verificationUrl}`);

const closePanelWindow = await openPanelWindow(panel.url, path.join(paths.root, 'panel'));

const environment = { ...process.env, ...office.environment, VENTANILLA_SETTINGS: office.settingsFile };
const { file, commandArguments } = shellCommand(shell, office.settingsFile, path.join(paths.root, 'electron'));
const window = spawn(file, [...commandArguments], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: environment });

let isEnding = false;
async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  window.kill('SIGTERM');
  closePanelWindow?.();
  await panel.close();
  await office.close();
  await release?.();
  process.exit(0);
}
window.once('exit', () => void end());
window.once('error', () => void end());
process.on('SIGINT', () => void end());
process.on('SIGTERM', () => void end());
process.once('disconnect', () => void end());
process.channel?.unref();
