import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  createDeskFixture,
  person,
  registerInput,
  seriesGrant,
  storedAttention,
  auditEntry,
} from '../../core/store/store-fixture.ts';
import type { DeskFixture } from '../../core/store/store-fixture.ts';
import type { DeskStore } from '../../core/services/ports/store.ts';
import { millisecondsOf, printFigure, quantile } from './measuring.ts';
import type { Figure } from './measuring.ts';

/*
 * The desk's store in figures: durable commits against what the disk can do at most, a full record, and search. Ratios
 * are of one run. `--records N` (default 20,000) fills the desk before searching; large-desk-benchmark.ts has a million.
 */
const warmUp = 200;
const measured = 800;

const givenNames = [
  'Begoña',
  'Martín',
  'Leire',
  'Iñaki',
  'Úrsula',
  'Tomás',
  'Nerea',
  'Joaquín',
  'Aránzazu',
  'Óscar',
  'Pilar',
  'Ximena',
];
const surnames = [
  'Íñiguez',
  'Ibáñez',
  'Quintanilla',
  'Soto',
  'Vela',
  'Pardo',
  'Muñoz',
  'Cid',
  'Escudero',
  'Zabala',
  'Lorente',
  'Yagüe',
  'Ayerbe',
];
const subjects = [
  'Vado permanente',
  'Licencia de obra menor',
  'Ayuda de comedor',
  'Padrón municipal',
  'Recurso de alzada',
  'Terraza de verano',
];

export async function measureStore(recordCount: number): Promise<readonly Figure[]> {
  const parent = mkdtempSync(join(tmpdir(), 'ventanilla-benchmark-'));
  try {
    const figures: Figure[] = [];
    const fixture = await createDeskFixture(parent);
    let desk = await fixture.open();
    const nextRecord = recordMaker(desk.store);
    figures.push(...measureCommits(join(parent, 'raw'), desk.store, nextRecord));
    figures.push(fill(desk.store, nextRecord, recordCount));
    await desk.store.close();

    const before = performance.now();
    desk = await fixture.open();
    figures.push({
      name: `abrir con ${recordCount} asientos`,
      value: performance.now() - before,
      unit: 'ms',
      note: '',
    });
    figures.push({
      name: 'tamaño de la base',
      value: statSync(join(fixture.folder, 'desk.db')).size / 1e6,
      unit: 'MB',
      note: '',
    });
    figures.push(...(await measureSearches(desk.store, fixture)));
    await desk.store.close();
    return figures;
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** Taken in turns, so that all three meet the same machine. */
function measureCommits(path: string, store: DeskStore, nextRecord: (index: number) => () => void): readonly Figure[] {
  const file = openSync(path, 'w');
  const block = Buffer.alloc(4096, 7);
  const [raw, small, full]: [number[], number[], number[]] = [[], [], []];
  try {
    for (let index = 0; index < warmUp + measured; index += 1) {
      raw.push(
        millisecondsOf(() => {
          writeSync(file, block, 0, block.length, 0);
          fdatasyncSync(file);
        }),
      );
      small.push(millisecondsOf(() => store.putSetting('benchmark', String(index))));
      full.push(millisecondsOf(nextRecord(index)));
    }
  } finally {
    closeSync(file);
  }
  const [limit, row, record] = [raw, small, full].map((times) => quantile(times.slice(warmUp), 0.5));
  return [
    { name: 'escritura de 4 KiB y fdatasync, mediana', value: limit ?? 0, unit: 'ms', note: 'límite físico' },
    {
      name: 'fila pequeña, cifrada y duradera, mediana',
      value: row ?? 0,
      unit: 'ms',
      note: `${((limit ?? 0) / (row ?? 1)).toFixed(2)} del límite`,
    },
    {
      name: 'asiento entero (registro, diario, búsqueda, auditoría), mediana',
      value: record ?? 0,
      unit: 'ms',
      note: '',
    },
    { name: 'asiento entero, p95', value: quantile(full.slice(warmUp), 0.95), unit: 'ms', note: '' },
  ];
}

/** Attention and record number `index`, over as many series as are needed: each holds 99,999. */
function recordMaker(store: DeskStore): (index: number) => () => void {
  const perSeries = 99_999;
  return (index) => {
    const place = Math.floor(index / perSeries);
    const epoch = String.fromCharCode(65 + (place % 26));
    const seriesId = `benchmark-${epoch}`;
    if (index % perSeries === 0) store.putSeries(seriesGrant({ seriesId, epoch }));
    const presenter = person({
      givenName: pick(givenNames, index),
      surname1: pick(surnames, Math.floor(index / 12)),
      surname2: pick(surnames, Math.floor(index / 156)),
      identifier: `${String(index % 100_000_000).padStart(8, '0')}T`,
    });
    const attention = storedAttention();
    store.createAttention(attention, auditEntry);
    const input = registerInput(attention.attentionId, seriesId, {
      presenter,
      interestedParties: [presenter],
      summary: `${pick(subjects, index)} ${index}`,
    });
    return () => {
      store.register(input);
    };
  };
}

function fill(store: DeskStore, nextRecord: (index: number) => () => void, count: number): Figure {
  const before = performance.now();
  for (let start = warmUp + measured; start < count; start += 500) {
    store.transaction(() => {
      for (let index = start; index < Math.min(count, start + 500); index += 1) nextRecord(index)();
    });
  }
  return {
    name: `llenar hasta ${count} asientos`,
    value: (performance.now() - before) / 1000,
    unit: 's',
    note: '500 por transacción',
  };
}

async function measureSearches(store: DeskStore, fixture: DeskFixture): Promise<readonly Figure[]> {
  const today = fixture.clock.now().toISOString().slice(0, 10);
  const searches = [
    ['prefijo de un nombre', 'quint', null],
    ['dos prefijos', 'bego iba', null],
    ['número', 'O00009999e2603A00042', null],
    ['identificador', '00000123', null],
    ['dos letras', 'mu', null],
    ['nombre y fechas', 'zabala', today],
    ['sin texto', '', null],
  ] as const;
  const figures: Figure[] = [];
  for (const [name, text, fromDate] of searches) {
    const times: number[] = [];
    let found = 0;
    for (let round = 0; round < 60; round += 1) {
      const before = performance.now();
      const page = await store.searchRecords({ text, fromDate, toDate: fromDate, cursor: null, limit: 50 });
      times.push(performance.now() - before);
      found = page.records.length;
    }
    figures.push({
      name: `buscar: ${name}, p95`,
      value: quantile(times.slice(10), 0.95),
      unit: 'ms',
      note: `${found} mostrados`,
    });
  }
  return figures;
}

function pick(list: readonly string[], index: number): string {
  return list[index % list.length] ?? '';
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { records: { type: 'string', default: '20000' } } });
  for (const figure of await measureStore(Number(values.records))) printFigure(figure);
}
