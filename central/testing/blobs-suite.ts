import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyObject } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { blobResponseSchema, blobSigningText, fileBundleResponseSchema } from '../../core/contract/sync-protocol.ts';
import type { BlobResponse } from '../../core/contract/sync-protocol.ts';
import { uploadKeyOf } from '../blobs/blob-format.ts';
import { growUpload } from '../blobs/upload-file.ts';
import { deriveDataKey, readDataKey } from '../encryption/data-key.ts';
import type { CentreRig } from './centre-rig.ts';
import { enrolTestDesk, isSignedByCentre } from './test-desk.ts';
import type { TestDesk } from './test-desk.ts';
import { createTestJournal, testFile } from './test-journal.ts';
import type { TestFile } from './test-journal.ts';

function alterByte(path: string, position: number): void {
  const bytes = readFileSync(path);
  bytes[position] = (bytes[position] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** Files of accepted entries: resumable, checked, acknowledged. */
export function describeBlobs(getRig: () => CentreRig): void {
  describe('files', () => {
    defineTests(getRig);
  });
}

function defineTests(getRig: () => CentreRig): void {
  let deskCount = 70;
  let desk: TestDesk;
  let pdf: TestFile;
  let small: TestFile;

  async function announce(sender: TestDesk, ...files: readonly TestFile[]): Promise<void> {
    const journal = createTestJournal(sender.incoming, getRig().now());
    for (const file of files) journal.addRecord({}, { pdf: file, eni: testFile() });
    const path = `/api/v1/series/${sender.incoming.seriesId}/entries`;
    expect(await sender.post(path, { entries: journal.entries })).toMatchObject({ status: 200 });
  }

  beforeEach(async () => {
    deskCount += 1;
    desk = await enrolTestDesk(getRig().centre, 'O00009999', String(deskCount), getRig().now());
    pdf = testFile(randomBytes(300_000));
    small = testFile();
    await announce(desk, pdf, small);
  });

  const put = async (offset: number, content: Uint8Array, sender = desk): Promise<BlobResponse> =>
    blobResponseSchema.parse((await sender.put(`/api/v1/blobs/${pdf.sha256}?offset=${offset}`, content)).body);
  const state = async (sender = desk) => (await sender.get(`/api/v1/blobs/${pdf.sha256}/state`)).body;

  const read = async (offset: number, reader = desk) => {
    const path = `/api/v1/blobs/${pdf.sha256}?offset=${offset}`;
    const headers = reader.signRequest('GET', path, new Uint8Array(0));
    const answer = await fetch(getRig().centre.url + path, { headers });
    return { status: answer.status, content: Buffer.from(await answer.arrayBuffer()) };
  };

  const partialPath = (officeCode = 'O00009999') =>
    join(getRig().dataFolder, 'blobs', 'partial', `${pdf.sha256}-${officeCode}`);

  async function uploadKey(): Promise<KeyObject> {
    const dataKey = await readDataKey(join(getRig().dataFolder, 'data-key'));
    const uploads = deriveDataKey(dataKey, 'uploads');
    return uploadKeyOf(uploads, { officeCode: 'O00009999', sha256: pdf.sha256, byteLength: pdf.content.length });
  }

  function expectComplete(response: BlobResponse): void {
    expect(response.state).toBe('complete');
    if (response.state !== 'complete') return;
    const { byteLength, acknowledgedAt, signature, isDurable } = response;
    expect(byteLength).toBe(pdf.content.length);
    expect(isDurable).toBe(getRig().isDurable);
    const text = blobSigningText({ sha256: pdf.sha256, byteLength, acknowledgedAt, isDurable });
    expect(isSignedByCentre(getRig().centre, text, signature)).toBe(true);
  }

  describe('files together', () => {
    async function postFiles(files: readonly TestFile[], sender = desk): Promise<readonly BlobResponse[]> {
      const { status, body } = await sender.postFiles(files);
      expect(status).toBe(200);
      return fileBundleResponseSchema.parse(body).files;
    }

    test('are each acknowledged, the same as when they come alone or again', async () => {
      const [large, little] = await postFiles([pdf, small]);
      if (large === undefined) throw new Error('no answer');
      expectComplete(large);
      expect(little).toMatchObject({ state: 'complete', byteLength: small.content.length });
      expect(await state()).toEqual(large);
      expect(await put(0, pdf.content)).toEqual(large);
      expect(await postFiles([small, pdf])).toEqual([little, large]);
      expect((await read(0)).content.equals(pdf.content)).toBe(true);
    });

    test('keep none of those that are not what they are called from being taken, nor those that are', async () => {
      const states = async (files: readonly TestFile[]) => (await postFiles(files)).map((answer) => answer.state);
      const wrong = { sha256: pdf.sha256, content: randomBytes(pdf.content.length) };
      const cut = { sha256: small.sha256, content: small.content.subarray(1) };
      expect(await states([wrong, cut])).toEqual(['partial', 'partial']);
      expect(await states([wrong, small])).toEqual(['partial', 'complete']);
      expect(await state()).toEqual({ state: 'partial', offset: 0 });
      expect(await states([pdf])).toEqual(['complete']);
    });

    test('take the place of what had come of one in parts', async () => {
      await put(0, pdf.content.subarray(0, 100_000));
      expect(existsSync(partialPath())).toBe(true);
      const [whole] = await postFiles([pdf]);
      if (whole !== undefined) expectComplete(whole);
      expect(existsSync(partialPath())).toBe(false);
    });

    test('are not taken when an entry of the office names one of them not, or they are too many or no files', async () => {
      const unknown = testFile();
      expect(await desk.postFiles([pdf, unknown])).toMatchObject({ status: 404, body: { code: 'blob.notFound' } });
      expect(await state()).toEqual({ state: 'partial', offset: 0 });
      const stranger = await enrolTestDesk(getRig().centre, 'O00008888', String(deskCount), getRig().now());
      expect(await stranger.postFiles([pdf])).toMatchObject({ status: 404 });
      for (const files of [[], Array.from({ length: 201 }, () => unknown)])
        expect(await desk.postFiles(files)).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
      expect(await desk.postFiles([pdf], { sent: pdf.content })).toMatchObject({ status: 401 });
    });

    test('sent twice at once, or beside a part of one, are complete once and whole', async () => {
      const [one, other, part] = await Promise.all([
        postFiles([pdf]),
        postFiles([pdf]),
        put(0, pdf.content.subarray(0, 100_000)),
      ]);
      expect(one).toEqual(other);
      expect(['partial', 'complete']).toContain(part.state);
      expectComplete(blobResponseSchema.parse(await state()));
      expect((await read(0)).content.equals(pdf.content)).toBe(true);
    });
  });

  describe('a file', () => {
    test('goes on where the line was cut, and is acknowledged with its last byte', async () => {
      expect(await state()).toEqual({ state: 'partial', offset: 0 });
      expect(await put(0, pdf.content.subarray(0, 100_000))).toEqual({ state: 'partial', offset: 100_000 });
      expect(await state()).toEqual({ state: 'partial', offset: 100_000 });
      // A piece that came already, and one from further on: the offset says what is due.
      expect(await put(0, pdf.content.subarray(0, 100_000))).toEqual({ state: 'partial', offset: 100_000 });
      expect(await put(200_000, pdf.content.subarray(200_000))).toEqual({ state: 'partial', offset: 100_000 });
      const complete = await put(100_000, pdf.content.subarray(100_000));
      expectComplete(complete);
      expect(await state()).toEqual(complete);
      expect(await put(0, pdf.content)).toEqual(complete);
    });

    test('is given back to its office, from any offset, and to nobody else', async () => {
      await put(0, pdf.content.subarray(0, 100_000));
      expect((await read(0)).status).toBe(404);
      await put(100_000, pdf.content.subarray(100_000));
      expect((await read(0)).content.equals(pdf.content)).toBe(true);
      expect((await read(70_001)).content.equals(pdf.content.subarray(70_001))).toBe(true);
      expect(await read(300_000)).toEqual({ status: 200, content: Buffer.alloc(0) });
      expect(await read(2_000_000_000)).toEqual({ status: 200, content: Buffer.alloc(0) });
      const stranger = await enrolTestDesk(getRig().centre, 'O00008888', String(deskCount), getRig().now());
      expect((await read(0, stranger)).status).toBe(404);
    });

    test('with a wrong byte is thrown away and asked for again', async () => {
      const wrong = Buffer.from(pdf.content);
      wrong[150_000] = (wrong[150_000] ?? 0) ^ 1;
      await put(0, wrong.subarray(0, 200_000));
      expect(await put(200_000, wrong.subarray(200_000))).toEqual({ state: 'partial', offset: 0 });
      expectComplete(await put(0, pdf.content));
    });

    test('that was whole when the centre was killed is finished without sending it again', async () => {
      const whole = { offset: 0, content: pdf.content, byteLength: pdf.content.length };
      expect(await growUpload(partialPath(), await uploadKey(), whole)).toBe(pdf.content.length);
      expect(await state()).toEqual({ state: 'partial', offset: pdf.content.length });
      expectComplete(await put(pdf.content.length, new Uint8Array(0)));
      expect(existsSync(partialPath())).toBe(false);
    });

    test('that was torn when the centre was killed goes on from its last whole chunk', async () => {
      expect(await put(0, pdf.content.subarray(0, 200_000))).toEqual({ state: 'partial', offset: 200_000 });
      truncateSync(partialPath(), 3 * 65_564 + 1_000);
      expect(await state()).toEqual({ state: 'partial', offset: 3 * 65_536 });
      // Less than what was torn lies behind it: nothing of that may be taken for more.
      expect(await put(3 * 65_536, pdf.content.subarray(3 * 65_536, 3 * 65_536 + 10))).toEqual({
        state: 'partial',
        offset: 3 * 65_536 + 10,
      });
      expect(await state()).toEqual({ state: 'partial', offset: 3 * 65_536 + 10 });
      expectComplete(await put(3 * 65_536 + 10, pdf.content.subarray(3 * 65_536 + 10)));
    });

    test('altered on the disk while it comes goes on before the altered chunk', async () => {
      await put(0, pdf.content.subarray(0, 250_000));
      alterByte(partialPath(), 65_564 + 500);
      const answer = await put(250_000, pdf.content.subarray(250_000));
      expect(answer).toEqual({ state: 'partial', offset: 65_536 });
      expectComplete(await put(65_536, pdf.content.subarray(65_536)));
    });

    test('under way cannot be taken for the one of another office or content', async () => {
      await put(0, pdf.content.subarray(0, 200_000));
      const stranger = await enrolTestDesk(getRig().centre, 'O00008888', String(deskCount), getRig().now());
      await announce(stranger, pdf);
      copyFileSync(partialPath(), partialPath('O00008888'));
      expect(await state(stranger)).toEqual({ state: 'partial', offset: 0 });
      expectComplete(await put(0, pdf.content, stranger));
    });

    test('longer than announced is not taken', async () => {
      expect(await put(0, Buffer.concat([pdf.content, randomBytes(1)]))).toEqual({ state: 'partial', offset: 0 });
      expect(await desk.put(`/api/v1/blobs/${pdf.sha256}?offset=0`, randomBytes(9_000_000))).toMatchObject({
        status: 413,
      });
      expectComplete(await put(0, pdf.content));
    });

    test('that no entry of the office names is not taken', async () => {
      const { sha256, content } = testFile();
      expect(await desk.put(`/api/v1/blobs/${sha256}?offset=0`, content)).toMatchObject({ status: 404 });
      const stranger = await enrolTestDesk(getRig().centre, 'O00008888', String(deskCount), getRig().now());
      expect(await stranger.get(`/api/v1/blobs/${pdf.sha256}/state`)).toMatchObject({ status: 404 });
      expect(await stranger.put(`/api/v1/blobs/${pdf.sha256}?offset=0`, pdf.content)).toMatchObject({ status: 404 });
    });

    test('of one office is not another office’s until it sends the bytes itself', async () => {
      expectComplete(await put(0, pdf.content));
      const stranger = await enrolTestDesk(getRig().centre, 'O00008888', String(deskCount), getRig().now());
      await announce(stranger, pdf);
      expect(await state(stranger)).toEqual({ state: 'partial', offset: 0 });
      expectComplete(await put(0, pdf.content, stranger));
    });

    test('sent twice at once is complete once and whole', async () => {
      const half = 150_000;
      const sendAll = async () => {
        const first = await put(0, pdf.content.subarray(0, half));
        return first.state === 'complete' ? first : put(half, pdf.content.subarray(half));
      };
      await Promise.all([sendAll(), sendAll()]);
      const response = blobResponseSchema.parse(await state());
      expect(response.state === 'complete' || response.offset >= half).toBe(true);
      expectComplete(
        response.state === 'complete' ? response : await put(response.offset, pdf.content.subarray(response.offset)),
      );
    });
  });
}
