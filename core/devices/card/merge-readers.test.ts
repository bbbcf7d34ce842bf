import { expect, test } from 'vitest';
import type { BridgeReader } from './card-messages.ts';
import { mergeReaders, splitReaderId } from './merge-readers.ts';

const dnie = '3B7F380000006A444E496520024C340113039000';

function reader(moduleName: string, readerName: string, changes: Partial<BridgeReader> = {}): BridgeReader {
  return {
    readerId: `${moduleName}#0`,
    readerName,
    moduleName,
    state: 'empty',
    hasPinPad: false,
    token: null,
    answerToReset: '',
    ...changes,
  };
}
function token(serial: string): NonNullable<BridgeReader['token']> {
  return {
    label: 'token',
    serial,
    pinState: { level: 'ok', triesLeft: null, minLength: 4, maxLength: 8 },
    certificates: [],
  };
}

test('a card goes to the module that its answer to reset names, whatever the order', () => {
  const openSc = reader('opensc-pkcs11.so', 'Lector', { state: 'present', answerToReset: dnie });
  const other = reader('siecap11.dll', 'Lector', { state: 'present', answerToReset: dnie });
  for (const order of [
    [openSc, other],
    [other, openSc],
  ]) {
    const merged = mergeReaders(order.map((one) => ({ watch: 'readers' as const, readers: [one], ownCards: null })));
    expect(merged.map(({ moduleName }) => moduleName)).toEqual(['opensc-pkcs11.so']);
  }
});

test('a module that cannot read the card gives way to one that can', () => {
  const merged = mergeReaders([
    {
      watch: 'readers',
      ownCards: null,
      readers: [reader('libpkcs11-fnmtdnie.so', 'Lector', { state: 'unreadable', answerToReset: dnie })],
    },
    {
      watch: 'readers',
      ownCards: null,
      readers: [reader('opensc-pkcs11.so', 'Lector', { state: 'present', token: token('1'), answerToReset: dnie })],
    },
  ]);
  expect(merged).toEqual([
    expect.objectContaining({ moduleName: 'opensc-pkcs11.so', readerId: '1.opensc-pkcs11.so#0' }),
  ]);
  expect(merged[0]).not.toHaveProperty('answerToReset');
});

test('the same soft token in two modules is one', () => {
  const soft = {
    watch: 'poll' as const,
    ownCards: null,
    readers: [reader('libsofthsm2.so', 'a', { state: 'present', token: token('9') })],
  };
  expect(mergeReaders([soft, soft])).toHaveLength(1);
});

test('the reader of a merged list leads back to its module', () => {
  expect(splitReaderId('12.opensc-pkcs11.so#4')).toEqual({ moduleIndex: 12, ownId: 'opensc-pkcs11.so#4' });
  for (const odd of ['', 'x.y', '1.', '.a', '1234.a']) expect(splitReaderId(odd)).toBeNull();
});

test('a stray library that claims a card without finding a certificate on it hides it from nobody', () => {
  const certificate = {
    certificateId: '01',
    label: '',
    der: new Uint8Array(),
    hasPrivateKey: true,
    keyType: 'rsa' as const,
    alwaysAuthenticate: false,
  };
  const stray = reader('siecap11.dll', 'Lector', { state: 'present', token: token('?'), answerToReset: '3B00' });
  const able = reader('opensc-pkcs11.so', 'Lector', {
    state: 'present',
    token: { ...token('1'), certificates: [certificate] },
    answerToReset: '3B00',
  });
  const merge = (strayCards: readonly string[] | null) =>
    mergeReaders([
      { watch: 'readers', readers: [stray], ownCards: strayCards },
      { watch: 'readers', readers: [able], ownCards: null },
    ]).map(({ moduleName }) => moduleName);
  expect(merge(null)).toEqual(['opensc-pkcs11.so']);
  expect(merge(['^3B00'])).toEqual(['opensc-pkcs11.so']);
});

test('the administrator gives a card to a module of their own choice', () => {
  const table = reader('opensc-pkcs11.so', 'Lector', { state: 'present', token: token('1'), answerToReset: dnie });
  const chosen = reader('otra.so', 'Lector', { state: 'present', token: token('1'), answerToReset: dnie });
  const merge = (openScCards: readonly string[] | null, chosenCards: readonly string[] | null) =>
    mergeReaders([
      { watch: 'readers', readers: [table], ownCards: openScCards },
      { watch: 'readers', readers: [chosen], ownCards: chosenCards },
    ]).map(({ moduleName }) => moduleName);
  expect(merge(null, null)).toEqual(['opensc-pkcs11.so']);
  expect(merge([], ['^3B7F.8.*444E4965'])).toEqual(['otra.so']);
  expect(merge([], ['^3B00'])).toEqual(['opensc-pkcs11.so']);
});
