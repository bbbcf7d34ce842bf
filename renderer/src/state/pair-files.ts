/** A file with, beside it, the one that holds its signature. */
export type PairedFile<Item> = Readonly<{ main: Item; signature: Item | null }>;

const signatureName = /^(?<stem>.+)\.(?:csig|p7s|xsig|sig)$/iu;

/**
 * Files chosen together: `factura.xml` goes with `factura.xml.p7s`, `factura.csig` or `factura.xml_signed.csig`, as
 * signing programs name them. With just two files, one of them a signature, there is nothing else to guess.
 */
export function pairFiles<Item extends Readonly<{ name: string }>>(
  files: readonly Item[],
): readonly PairedFile<Item>[] {
  const signatures = files.filter(({ name }) => signatureName.test(name));
  const contents = files.filter((file) => !signatures.includes(file));
  const taken = new Set<Item>();
  const pairs = contents.map((main): PairedFile<Item> => {
    const isOnlyPair = contents.length === 1 && signatures.length === 1;
    const signature =
      signatures.find((known) => !taken.has(known) && (isOnlyPair || isSignatureOf(known, main))) ?? null;
    if (signature !== null) taken.add(signature);
    return { main, signature };
  });
  const alone = signatures.filter((known) => !taken.has(known));
  return [...pairs, ...alone.map((main) => ({ main, signature: null }))];
}

function isSignatureOf(signature: Readonly<{ name: string }>, main: Readonly<{ name: string }>): boolean {
  const stem = (signatureName.exec(signature.name)?.groups?.['stem'] ?? '').replace(/[_-](?:signed|firmado)$/iu, '');
  const whole = main.name.toLowerCase();
  return [whole, whole.replace(/\.[^.]*$/u, '')].includes(stem.toLowerCase());
}
