import { request } from 'node:http';
import { chromium } from 'playwright';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PanelActions, PanelState } from './panel-actions.ts';
import type { Panel } from './panel.ts';
import { createPanel } from './panel.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const emptyDesk: PanelState = {
  card: null,
  isCitizenCardIn: false,
  standIns: [],
  feederPages: 0,
  scannerFault: 'none',
  line: 'up',
  timestampAuthority: 'ok',
};
let desk = emptyDesk;
let panel: Panel;
let browser: Browser;

/** A desk that only remembers: what the panel asks for is what is looked at here. */
const actions: PanelActions = {
  insertCard: async (owner) => change(owner === 'citizen' ? { isCitizenCardIn: true } : { card: owner }),
  removeCard: async () => change({ card: null }),
  loadPapers: async (papers) => {
    if (papers === 'letter') throw new Error('the feeder is gone');
    change({ feederPages: papers === 'all' ? 6 : 1 });
  },
  setScannerFault: async (scannerFault) => change({ scannerFault }),
  setLine: async (line) => change({ line }),
  setTimestampAuthority: async (timestampAuthority) => change({ timestampAuthority }),
  readState: async () => desk,
};

function change(part: Partial<PanelState>): void {
  desk = { ...desk, ...part };
}

beforeAll(async () => {
  panel = await createPanel({ actions, hints: [{ title: 'PIN de Ana García', value: '246810' }] });
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});

beforeEach(() => {
  desk = emptyDesk;
});

afterAll(async () => {
  await browser.close();
  await panel.close();
});

describe('panel for programs', () => {
  it('acts and answers with what followed', async () => {
    expect(await post('insertCard', { value: 'officer' })).toEqual({
      status: 200,
      body: { ...emptyDesk, card: 'officer' },
    });
    expect((await post('loadPapers', { value: 'all' })).body).toMatchObject({ feederPages: 6 });
    expect((await post('setScannerFault', { value: 'jam' })).body).toMatchObject({ scannerFault: 'jam' });
    expect((await post('setLine', { value: 'down' })).body).toMatchObject({ line: 'down' });
    expect((await post('setTimestampAuthority', { value: 'slow' })).body).toMatchObject({ timestampAuthority: 'slow' });
    expect((await post('removeCard', { value: 'officer' })).body).toMatchObject({ card: null });
    expect(await (await fetch(`${panel.url}api/state`)).json()).toEqual(desk);
  });

  it('refuses what it does not know, changing nothing', async () => {
    expect((await post('insertCard', { value: 'thief' })).status).toBe(400);
    expect((await post('setLine', { value: 'down', more: 1 })).status).toBe(400);
    expect((await post('readState', {})).status).toBe(404);
    const form = await fetch(`${panel.url}api/setLine`, { method: 'POST', body: '{"value":"down"}' });
    expect(form.status).toBe(400);
    expect(desk).toEqual(emptyDesk);
  });

  it('says in one sentence that something failed, and goes on', async () => {
    const failed = await post('loadPapers', { value: 'letter' });
    expect(failed).toEqual({
      status: 500,
      body: { error: 'No se ha podido hacer. Repita o reinicie la demostración.' },
    });
    expect((await post('loadPapers', { value: 'form' })).status).toBe(200);
  });

  it('opens to nobody without the token, from another origin or under another name', async () => {
    const { origin } = new URL(panel.url);
    expect((await fetch(`${origin}/`)).status).toBe(404);
    expect((await fetch(`${origin}/${'A'.repeat(43)}/api/state`)).status).toBe(404);
    const state = `${panel.url}api/state`;
    expect(await statusWith(state, { origin: 'http://attacker.example' })).toBe(404);
    expect(await statusWith(state, { host: 'attacker.example' })).toBe(404);
    expect(await statusWith(state, { origin })).toBe(200);
  });
});

describe('panel for people', () => {
  it('shows what is going on and does what its buttons say', async () => {
    const page = await browser.newPage({ viewport: { width: 420, height: 900 } });
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (entry) => {
      if (entry.type() === 'error') problems.push(entry.text());
    });
    await page.goto(panel.url);
    await page.getByText('246810').waitFor();
    await page.getByRole('button', { name: 'Insertar la de Ana García' }).click();
    await page.getByText('la de Ana García, en el lector').waitFor();
    expect(desk.card).toBe('officer');
    await page.getByRole('button', { name: 'Línea cortada' }).click();
    await page.getByText('cortada', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Caída' }).click();
    await page.getByText('cortada · sellado caído').waitFor();
    await page.getByRole('button', { name: 'Atasco' }).click();
    await page.getByText('atascado').waitFor();
    await page.getByRole('button', { name: 'Retirar la tarjeta' }).click();
    await page.getByText('ninguna', { exact: true }).waitFor();
    expect(desk).toEqual({ ...emptyDesk, line: 'down', timestampAuthority: 'down', scannerFault: 'jam' });
    // Fits a narrow window beside the counter's own.
    expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(
      true,
    );
    expect(problems).toEqual([]);
    await page.close();
  });
});

async function post(action: string, body: unknown): Promise<Readonly<{ status: number; body: unknown }>> {
  const response = await fetch(`${panel.url}api/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

/** fetch would not send another Host. */
function statusWith(address: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(address, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject);
    asked.end();
  });
}
