import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageText } from '../../contract/schemas/page-text.ts';
import { createTesseract } from './tesseract.ts';
import { readsSpanish } from './testing/installed.ts';

const isInstalled = readsSpanish();
const never = new AbortController().signal;
let folder: string;
let image: Uint8Array;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tesseract-'));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="300"><rect width="100%" height="100%" fill="white"/>
    <text x="60" y="90" font-size="44" font-family="DejaVu Sans">Padrón de Villar: señal</text>
    <text x="60" y="220" font-size="44" font-family="DejaVu Sans">número 1234</text></svg>`;
  image = await sharp(Buffer.from(svg)).flatten().jpeg().toBuffer();
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** A program that answers to the two first questions and then does as told. */
async function program(name: string, deed: string): Promise<string> {
  const file = path.join(folder, name);
  const script = `#!/bin/sh
case "$1" in
  --version) echo "tesseract 5.9.9" ;;
  --list-langs) printf 'List:\\neng\\nspa\\n' ;;
  *) ${deed} ;;
esac
`;
  await writeFile(file, script);
  await chmod(file, 0o755);
  return file;
}

const read = (program: string, languages = 'spa', timeoutMs = 90_000, signal = never): Promise<PageText> =>
  createTesseract({ program, languages, dataFolder: null, timeoutMs, priority: 0 }).recognize(image, 300, signal);

describe('text by Tesseract', () => {
  it.runIf(isInstalled)('reads words with their places, and leaves no file', async () => {
    const text = await read('tesseract');
    expect(text.engine).toMatch(/^Tesseract \d/u);
    expect(text).toMatchObject({ languages: 'spa', widthPixels: 900, heightPixels: 300 });
    const lines = text.lines.map(({ words }) => words.map((word) => word.text).join(' '));
    expect(lines).toEqual(['Padrón de Villar: señal', 'número 1234']);
    const [first] = text.lines;
    expect(Math.abs((first?.top ?? 0) - 50)).toBeLessThan(10);
    expect(Math.abs((first?.words[0]?.left ?? 0) - 62)).toBeLessThan(6);
    expect(text.lines.flatMap(({ words }) => words).every(({ confidence }) => confidence > 60)).toBe(true);
  });

  it('says that the program or a language is missing', async () => {
    await expect(read(path.join(folder, 'absent'))).rejects.toMatchObject({ code: 'recognition.programMissing' });
    await expect(read(await program('idle', 'exit 0'), 'spa+glg')).rejects.toMatchObject({
      code: 'recognition.languageMissing',
      details: { languages: 'glg' },
    });
  });

  it('ends with a typed error when it hangs, crashes, fails or talks nonsense', async () => {
    await expect(read(await program('hang', 'exec sleep 60'), 'spa', 300)).rejects.toMatchObject({
      code: 'recognition.timedOut',
    });
    await expect(read(await program('crash', 'kill -SEGV $$'))).rejects.toMatchObject({
      code: 'recognition.failed',
      details: { reason: 'SIGSEGV' },
    });
    await expect(read(await program('fail', 'exit 1'))).rejects.toMatchObject({ code: 'recognition.failed' });
    await expect(read(await program('nonsense', 'echo what'))).rejects.toMatchObject({
      code: 'recognition.failed',
      details: { reason: 'output' },
    });
  });

  it('ends at once when nobody wants the page any more', async () => {
    const wanted = new AbortController();
    const asked = read(await program('slow', 'exec sleep 60'), 'spa', 60_000, wanted.signal);
    setTimeout(() => wanted.abort(), 100);
    await expect(asked).rejects.toMatchObject({ code: 'request.cancelled' });
  });
});
