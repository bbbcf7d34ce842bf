import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { scanProfileSchema } from '../contract/schemas/scan-profile.ts';
import { publicKeyOf, signScanProfile } from '../services/scan-profile-signature.ts';

const usage = `sign-profiles -- PERFILES.json FIRMADOS.json --key CLAVE.pem

Firma los perfiles de digitalización (art. 54.4.a). PERFILES.json es una lista; el resumen y la firma que traiga se hacen de
nuevo. CLAVE.pem es una clave privada Ed25519 (openssl genpkey -algorithm ed25519). La clave pública que se escribe al final va
en «desk.profileAdministrators» de los ajustes de cada puesto; FIRMADOS.json, en «scanProfiles» de los datos del registro central.
`;

const profilesSchema = z.array(scanProfileSchema.omit({ digest: true, signature: true }).loose());

/** Exit code 2: wrong arguments; 1: the profiles or the key are not what they should be. */
async function main(): Promise<number> {
  const request = readRequest();
  if (request === null) {
    process.stderr.write(usage);
    return 2;
  }
  try {
    return await signProfiles(request);
  } catch (error) {
    process.stderr.write(`No se ha firmado: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

type Request = NonNullable<ReturnType<typeof readRequest>>;

/** Null when the arguments are not what the usage says. */
function readRequest() {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { key: { type: 'string' } } });
    const [input, output, ...more] = positionals;
    const { key } = values;
    if (input === undefined || output === undefined || more.length > 0 || key === undefined) return null;
    return { input, output, key };
  } catch {
    return null;
  }
}

async function signProfiles({ input, output, key }: Request): Promise<number> {
  const privateKey = createPrivateKey(await readFile(key));
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    process.stderr.write('La clave no es Ed25519.\n');
    return 1;
  }
  const parsed = profilesSchema.safeParse(JSON.parse(await readFile(input, 'utf8')));
  if (!parsed.success) {
    process.stderr.write(`${z.prettifyError(parsed.error)}\n`);
    return 1;
  }
  const signed = parsed.data.map(({ digest: _digest, signature: _signature, ...fields }) =>
    scanProfileSchema.parse(signScanProfile(fields, privateKey)),
  );
  await writeFile(output, `${JSON.stringify(signed, null, 2)}\n`);
  process.stdout.write(`${publicKeyOf(createPublicKey(privateKey))}\n`);
  return 0;
}

process.exitCode = await main();
