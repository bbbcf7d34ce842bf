import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import koffi from 'koffi';
import pkcs11js, { type Handle, type SlotInfo, type Template, type TokenInfo } from 'pkcs11js';
import { attribute, CryptokiError, result, sessionFlag, type userType } from './cryptoki.ts';

export type { Handle, TokenInfo };

/** One PKCS#11 library. Everything but `login` and `sign` blocks this process while the card answers. */
export type Pkcs11Module = Readonly<{
  name: string;
  listSlots(): Handle[];
  getSlotInfo(slot: Handle): SlotInfo;
  getTokenInfo(slot: Handle): TokenInfo;
  listMechanisms(slot: Handle): readonly number[];
  openSession(slot: Handle): Handle;
  closeSession(session: Handle): void;
  findObjects(session: Handle, template: Template): Handle[];
  /** Null where the token has no such attribute. */
  readAttribute(session: Handle, object: Handle, type: number): Buffer | null;
  /** The CK_RV of C_Login. `null` leaves the PIN to the reader's own pad. The caller wipes the bytes. */
  login(session: Handle, user: (typeof userType)[keyof typeof userType], pin: Uint8Array | null): Promise<number>;
  logout(session: Handle): void;
  beginSignature(session: Handle, mechanism: number, key: Handle): void;
  sign(session: Handle, data: Buffer): Promise<Buffer>;
  close(): void;
}>;

/** Large enough for RSA-4096. */
const signatureRoom = 1024;

/**
 * Loads a PKCS#11 library twice into one place: pkcs11js for the everyday calls; koffi for C_Login, because pkcs11js
 * takes the PIN as a string, which cannot be wiped, and cannot pass NULL, which PIN pads need. Throws when it cannot.
 */
export function loadPkcs11Module(path: string): Pkcs11Module {
  const cryptoki = new pkcs11js.PKCS11();
  cryptoki.load(path);
  const library = koffi.load(path);
  const rawLogin = library.func('C_Login', 'unsigned long', [
    'unsigned long',
    'unsigned long',
    'const void *',
    'unsigned long',
  ]);
  // NULL: no locking, since calls never overlap here. With its locks OpenSC 0.23 waits for ever in C_Sign after a card was
  // pulled (sc_unlock keeps the card's mutex when the lock count is off). pkcs11js passes a structure, which means locks.
  const initialized = Number(library.func('C_Initialize', 'unsigned long', ['void *'])(null));
  if (initialized !== result.ok) throw new CryptokiError(initialized, 'C_Initialize');

  return {
    name: basename(realpathSync(path)),
    listSlots: () => cryptoki.C_GetSlotList(false),
    getSlotInfo: (slot) => cryptoki.C_GetSlotInfo(slot),
    getTokenInfo: (slot) => cryptoki.C_GetTokenInfo(slot),
    listMechanisms: (slot) => cryptoki.C_GetMechanismList(slot),
    openSession: (slot) => cryptoki.C_OpenSession(slot, sessionFlag.serial),
    closeSession: (session) => cryptoki.C_CloseSession(session),
    findObjects(session, template) {
      cryptoki.C_FindObjectsInit(session, template);
      try {
        const found: Handle[] = [];
        for (;;) {
          const some = cryptoki.C_FindObjects(session, 16);
          if (some.length === 0) return found;
          found.push(...some);
        }
      } finally {
        cryptoki.C_FindObjectsFinal(session);
      }
    },
    readAttribute(session, object, type) {
      try {
        return cryptoki.C_GetAttributeValue(session, object, [{ type }])[0]?.value ?? null;
      } catch (error) {
        if (error instanceof Error && error.message === 'CKR_ATTRIBUTE_TYPE_INVALID') return null;
        throw error;
      }
    },
    login(session, user, pin) {
      return new Promise((resolve, reject) => {
        rawLogin.async(handleNumber(session), user, pin, pin?.length ?? 0, (error: unknown, value: number | bigint) => {
          if (error === null || error === undefined) resolve(Number(value));
          else reject(new CryptokiError(result.generalError, 'C_Login'));
        });
      });
    },
    logout: (session) => cryptoki.C_Logout(session),
    beginSignature: (session, mechanism, key) => cryptoki.C_SignInit(session, { mechanism }, key),
    sign: (session, data) => cryptoki.C_SignAsync(session, data, Buffer.alloc(signatureRoom)),
    close() {
      cryptoki.C_Finalize();
      cryptoki.close();
    },
  };
}

export function isTrue(value: Buffer | null): boolean {
  return value !== null && value[0] === 1;
}

export const templates = {
  certificates: [
    { type: attribute.class, value: 1 },
    { type: attribute.certificateType, value: 0 },
  ],
  privateKeys: [{ type: attribute.class, value: 3 }],
} satisfies Record<string, Template>;

/** pkcs11js keeps handles as the bytes of a CK_ULONG: 8 on Linux, 4 on Windows. */
export function handleNumber(handle: Handle): bigint {
  return handle.length === 4 ? BigInt(handle.readUInt32LE(0)) : handle.readBigUInt64LE(0);
}
