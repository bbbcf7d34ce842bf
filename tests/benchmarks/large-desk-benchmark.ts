import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { DeskStore } from '../../core/services/ports/store.ts';
import { auditEntry, registerInput, storedAttention } from '../../core/store/store-fixture.ts';
import { openLargeDesk } from './large-desk.ts';
import { millisecondsOf, printFigure, quantile } from './measuring.ts';

/*
 * A desk with a million records: opened, searched, scrolled through, and written to beside what the disk can do at most.
 * Making it takes a while: `--folder` keeps it from one run to the next.
 */
const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    folder: { type: 'string' },
  },
});
const count = Number(values.records);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'ventanilla-large-desk-'));
mkdirSync(folder, { recursive: true });
const large = await openLargeDesk(folder, count);
const load = () => `carga ${loadavg()[0]?.toFixed(1) ?? ''}`;
if (large.buildSeconds !== null)
  printFigure({ name: `hacer ${count} asientos`, value: large.buildSeconds, unit: 's', note: load() });
printFigure({
  name: 'tamaño de la base',
  value: statSync(join(large.folder, 'desk.db')).size / 1e6,
  unit: 'MB',
  note: `${count} asientos con su justificante`,
});

const openings: number[] = [];
for (let round = 0; round < 5; round += 1) {
  const before = performance.now();
  const { store } = await large.open();
  // What services and synchronisation ask before anybody may work (core/services/retention.ts, desk-status.ts).
  store.findForwardJump();
  store.endDrafts({ abandoned: new Date(0), delivered: new Date(0) });
  store.listEndedFiles(500);
  store.countPending();
  store.listPendingBlobs(100);
  store.listBlobsNotDurable(100);
  store.numberEmergencyRecords();
  openings.push(performance.now() - before);
  await store.close();
}
printFigure({
  name: 'abrir, mediana de 5',
  value: quantile(openings, 0.5),
  unit: 'ms',
  note: `máximo ${Math.max(...openings).toFixed(0)}; ${load()}`,
});

const { store } = await large.open();
try {
  await search(store);
  await scroll(store);
  commit(store);
} finally {
  await store.close();
  if (values.folder === undefined) rmSync(folder, { recursive: true });
}

async function search(store: DeskStore): Promise<void> {
  const newest = await store.searchRecords({ text: '', fromDate: null, toDate: null, cursor: null, limit: 1 });
  const [last] = newest.records;
  if (last === undefined) throw new Error('the desk is empty');
  const day = last.recordedAt.slice(0, 10);
  const month = `${day.slice(0, 8)}01`;
  const searches = [
    ['prefijo de un nombre', 'quin', null, null],
    ['prefijo de dos letras', 'qu', null, null],
    ['prefijo de cinco letras', 'begon', null, null],
    ['principio de todos los números', last.recordNumber.slice(0, 12), null, null],
    ['nombre y apellido', 'bego quin', null, null],
    ['nombre y dos apellidos poco frecuentes', 'zacar zavayo zavaya', null, null],
    ['lo que nadie tiene', 'zzzz', null, null],
    ['número', last.recordNumber, null, null],
    ['identificador', last.presenterIdentifier, null, null],
    ['fechas de un mes', '', month, day],
    ['fechas de un mes de hace años', '', '2018-03-01', '2018-03-31'],
    ['prefijo de un nombre en un mes', 'quin', month, day],
    ['lo último', '', null, null],
  ] as const;
  for (const [name, text, fromDate, toDate] of searches) {
    const times: number[] = [];
    let found = 0;
    const start = process.cpuUsage();
    for (let round = 0; round < 60; round += 1) {
      const before = performance.now();
      const page = await store.searchRecords({ text, fromDate, toDate, cursor: null, limit: 50 });
      times.push(performance.now() - before);
      found = page.records.length;
    }
    const { user, system } = process.cpuUsage(start);
    const warm = times.slice(10);
    printFigure({
      name: `buscar: ${name}, p95`,
      value: quantile(warm, 0.95),
      unit: 'ms',
      note: `mediana ${quantile(warm, 0.5).toFixed(2)}; procesador ${((user + system) / 60_000).toFixed(2)} ms; ${found} enseñados; ${load()}`,
    });
  }
}

/** As the window's list does it: each page from the cursor of the one before. */
async function scroll(store: DeskStore): Promise<void> {
  for (const [name, text] of [
    ['la lista entera', ''],
    ['lo que tiene un nombre', 'quin'],
  ] as const) {
    const times: number[] = [];
    let cursor: string | null = null;
    let shown = 0;
    for (let page = 0; page < 400; page += 1) {
      const before = performance.now();
      const found: Awaited<ReturnType<DeskStore['searchRecords']>> = await store.searchRecords({
        text,
        fromDate: null,
        toDate: null,
        cursor,
        limit: 50,
      });
      times.push(performance.now() - before);
      shown += found.records.length;
      cursor = found.nextCursor;
      if (cursor === null) break;
    }
    printFigure({
      name: `recorrer ${name}, página, p95`,
      value: quantile(times, 0.95),
      unit: 'ms',
      note: `${times.length} páginas, ${shown} asientos; las últimas veinte, mediana ${quantile(times.slice(-20), 0.5).toFixed(2)}; ${load()}`,
    });
  }
}

/** Taken in turns, so that all three meet the same machine. */
function commit(store: DeskStore): void {
  const file = openSync(join(folder, 'raw'), 'w');
  const block = Buffer.alloc(4096, 7);
  const [raw, small, full]: [number[], number[], number[]] = [[], [], []];
  store.putSeries(large.nextSeries);
  try {
    for (let index = 0; index < 600; index += 1) {
      raw.push(
        millisecondsOf(() => {
          writeSync(file, block, 0, block.length, 0);
          fdatasyncSync(file);
        }),
      );
      small.push(millisecondsOf(() => store.putSetting('benchmark', String(index))));
      const attention = storedAttention();
      store.createAttention(attention, auditEntry);
      const input = registerInput(attention.attentionId, large.nextSeries.seriesId);
      full.push(millisecondsOf(() => store.register(input)));
    }
  } finally {
    closeSync(file);
  }
  const [limit = 0, row = 1, record = 1] = [raw, small, full].map((times) => quantile(times.slice(100), 0.5));
  printFigure({ name: 'escritura de 4 KiB y fdatasync, mediana', value: limit, unit: 'ms', note: load() });
  printFigure({
    name: 'fila pequeña, cifrada y duradera, mediana',
    value: row,
    unit: 'ms',
    note: `${(limit / row).toFixed(2)} del límite`,
  });
  printFigure({
    name: 'asiento entero, mediana',
    value: record,
    unit: 'ms',
    note: `${(record / row).toFixed(1)} filas pequeñas; con una de 0,12 ms serían ${((record / row) * 0.12).toFixed(2)} ms`,
  });
}
