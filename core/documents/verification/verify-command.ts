import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { toReportLine } from './report-line.ts';
import type { TrustListState } from './sources.ts';
import { toSpanishSummary } from './spanish-summary.ts';
import { readTrustFiles } from './trust-files.ts';
import { createVerifier } from './verifier.ts';

// `npm run --silent verify -- FICHERO... [opciones]`: one verdict per file. The exit code tells only whether all could be read.

const usage = `Uso: npm run --silent verify -- FICHERO... [opciones]
  --detached DATOS     lo firmado, cuando la firma está aparte
  --trust RUTA         autoridad en PEM, carpeta de ellas o lista de confianza (ETSI TS 119 612); puede repetirse
  --tsl-signer PEM     quien debe haber firmado las listas de confianza; puede repetirse. Sin esta
                       opción responde de ellas quien las indica, y su firma solo dice si están enteras
  --at MOMENTO         momento de la verificación (ISO 8601); por omisión, el presente
  --cache CARPETA      respuestas OCSP y listas de revocación guardadas
  --online             pregunta por la revocación en la red cuando falte
  --json               una línea JSON por fichero`;

// Whoever reads the lines may have read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await main(process.argv.slice(2));

async function main(commandLine: readonly string[]): Promise<number> {
  const request = readRequest(commandLine);
  if (request === null) {
    console.error(usage);
    return 2;
  }
  const { files, detached, isJson, sources } = request;
  const verifier = createVerifier({ sources });
  let exitCode = 0;
  for (const file of files) {
    const document = readOrTell(file);
    if (document === null) {
      exitCode = 2;
      continue;
    }
    const verification = await verifier.verify(document, detached);
    const text = isJson ? JSON.stringify(toReportLine(file, verification)) : toSpanishSummary(file, verification);
    process.stdout.write(`${text}\n`);
  }
  for (const list of verifier.trustLists()) {
    const remark = describeList(list, sources.at ?? Date.now());
    if (remark !== null) console.error(remark);
  }
  await verifier.close();
  return exitCode;
}

function readRequest(commandLine: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...commandLine],
      allowPositionals: true,
      options: {
        detached: { type: 'string' },
        trust: { type: 'string', multiple: true, default: [] },
        'tsl-signer': { type: 'string', multiple: true, default: [] },
        at: { type: 'string' },
        cache: { type: 'string' },
        online: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    if (positionals.length === 0) return null;
    const at = values.at === undefined ? null : Date.parse(values.at);
    if (at !== null && Number.isNaN(at)) throw new Error(`--at ${values.at}: no es un momento`);
    const trust = readTrustFiles(values.trust);
    return {
      files: positionals,
      detached: values.detached === undefined ? null : readFileSync(values.detached),
      isJson: values.json,
      sources: {
        ...trust,
        // Who names a list vouches for it, unless its signer is to be another's word.
        listSigners: values['tsl-signer'].length === 0 ? null : readTrustFiles(values['tsl-signer']).authorities,
        at,
        cacheFolder: values.cache ?? null,
        isOnline: values.online,
      },
    };
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return null;
  }
}

// Without this the verdicts would be a riddle: a list that nobody vouches for gives no trust.
function describeList(list: TrustListState, at: number): string | null {
  const signer = list.signer ?? 'firmante desconocido';
  const name = `La lista de confianza (${list.territory ?? '?'}, n.º ${list.sequenceNumber ?? '?'})`;
  switch (list.state) {
    case 'unverified':
      return `${name} la firma «${signer}», que no es quien se indicó con --tsl-signer.`;
    case 'invalid':
      return `La lista de confianza no sirve: su firma (${signer}) no es válida o no la cubre entera.`;
    case 'superseded':
      return `${name} no se usa: hay otra más reciente.`;
    case 'trusted':
      return Date.parse(list.nextUpdate ?? '') < at ? `${name} caducó: consiga la siguiente.` : null;
  }
}

function readOrTell(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    console.error(`No se puede leer ${file}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}
